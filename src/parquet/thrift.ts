/** A value of Thrift's compact protocol, as far as Parquet's page headers and footer need it. */
export type ThriftValue =
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'i32' | 'i64'; readonly value: number }
  | { readonly kind: 'bytes'; readonly value: Uint8Array }
  | { readonly kind: 'list'; readonly of: number; readonly items: readonly ThriftValue[] }
  | { readonly kind: 'struct'; readonly fields: ThriftFields }
  /** A struct whose bytes are made already. */
  | { readonly kind: 'encoded'; readonly value: Uint8Array };

/** Field number and value; fields in rising order, undefined ones are left out. */
export type ThriftFields = readonly (readonly [number, ThriftValue | undefined])[];

export const thriftType = { bool: 1, i32: 5, i64: 6, bytes: 8, struct: 12 } as const;

export const bool = (value: boolean): ThriftValue => ({ kind: 'bool', value });
export const i32 = (value: number): ThriftValue => ({ kind: 'i32', value });
export const i64 = (value: number): ThriftValue => ({ kind: 'i64', value });
export const bytes = (value: Uint8Array): ThriftValue => ({ kind: 'bytes', value });
export const text = (value: string): ThriftValue => bytes(Buffer.from(value));
export const struct = (...fields: ThriftFields): ThriftValue => ({ kind: 'struct', fields });
export const encoded = (...fields: ThriftFields): ThriftValue => ({ kind: 'encoded', value: encodeThrift(fields) });
export const list = (of: number, items: readonly ThriftValue[]): ThriftValue => ({ kind: 'list', of, items });

/** The bytes of a struct in Thrift's compact protocol (apache/thrift doc/specs/thrift-compact-protocol.md). */
export function encodeThrift(fields: ThriftFields): Uint8Array {
  const out: number[] = [];
  writeStruct(out, fields);
  return Uint8Array.from(out);
}

function writeStruct(out: number[], fields: ThriftFields): void {
  let last = 0;
  for (const [id, value] of fields) {
    if (value === undefined) continue;
    const type = fieldType(value);
    if (id - last > 0 && id - last <= 15) out.push(((id - last) << 4) | type);
    else {
      out.push(type);
      writeZigzag(out, id);
    }
    last = id;
    if (value.kind !== 'bool') writeValue(out, value);
  }
  out.push(0);
}

function fieldType(value: ThriftValue): number {
  switch (value.kind) {
    case 'bool':
      return value.value ? 1 : 2;
    case 'i32':
      return 5;
    case 'i64':
      return 6;
    case 'bytes':
      return 8;
    case 'list':
      return 9;
    case 'struct':
    case 'encoded':
      return 12;
  }
}

function writeValue(out: number[], value: ThriftValue): void {
  switch (value.kind) {
    case 'bool':
      out.push(value.value ? 1 : 2);
      return;
    case 'i32':
    case 'i64':
      writeZigzag(out, value.value);
      return;
    case 'bytes':
      writeVarint(out, value.value.length);
      for (const byte of value.value) out.push(byte);
      return;
    case 'list':
      writeListHead(out, value.of, value.items.length);
      for (const item of value.items) writeValue(out, item);
      return;
    case 'struct':
      writeStruct(out, value.fields);
      return;
    case 'encoded':
      for (const byte of value.value) out.push(byte);
      return;
  }
}

function writeListHead(out: number[], of: number, count: number): void {
  if (count < 15) out.push((count << 4) | of);
  else {
    out.push(0xf0 | of);
    writeVarint(out, count);
  }
}

function writeZigzag(out: number[], value: number): void {
  writeVarint(out, value >= 0 ? value * 2 : -value * 2 - 1);
}

/** LEB128 of a non-negative integer; by arithmetic, since offsets may pass 2^32. */
export function writeVarint(out: number[], value: number): void {
  let rest = value;
  while (rest >= 0x80) {
    out.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  out.push(rest);
}
