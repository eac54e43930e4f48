/** A count with its noun, in the plural unless there is one: `1 file`, `2,317 files`. The noun's plural ends in s. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}
