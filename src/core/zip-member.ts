/** One file inside a zip archive: the archive's path, and the member's name as the archive has it. */
export type ZipMember = { readonly archive: string; readonly member: string };

/**
 * The member that a source of the form `<archive>.zip!/<member>` names, as in
 * `/data/eod_report_SPY_2026-07-17.zip!/SPY/state/gamma_zero/2026-07-17_SPY_state_gamma_zero.json.gz`; null for any other source.
 */
export function zipMemberOf(source: string): ZipMember | null {
  const at = source.search(/\.zip!\//i);
  if (at === -1) return null;
  const split = at + '.zip'.length;
  return { archive: source.slice(0, split), member: source.slice(split + '!/'.length) };
}

/** The source that a member of an archive is: what {@link zipMemberOf} reads. Null where the archive's name does not end in `.zip`. */
export function zipMemberSource({ archive, member }: ZipMember): string | null {
  return /\.zip$/i.test(archive) ? `${archive}!/${member}` : null;
}
