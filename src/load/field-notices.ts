import { GexlakeError } from '../core/errors.ts';
import type { Notice } from '../core/journey.ts';
import { limits } from '../core/limits.ts';
import type { Drift } from '../core/quality.ts';
import { where, type RecordPlace } from './record-errors.ts';
import type { Oddity, OddityKind } from './record.ts';

/** How many records have an oddity, and the first of them. */
type Found = { records: number; readonly first: RecordPlace };

/** By their names the fields that have an oddity, as many as are told, and whether there are others. */
type Fields = { readonly byName: Map<string, Found>; others: boolean };

const events = {
  kept: ['unknown_fields', 'kept in extra'],
  wrong_type: ['wrong_types', 'of another type, kept in extra'],
  number_in_text: ['numbers_in_text', 'numbers written as texts, read as numbers'],
  repeated: ['repeated_fields', 'there more than once, the last counts'],
  half_character: ['half_characters', 'half a character written out as its escape'],
} as const satisfies Record<OddityKind, readonly [Notice['event'], string]>;

/** Counts what is odd about the fields of the records of one file, to be told once, or to fail the job. */
export class FieldNotices {
  readonly #found = new Map<OddityKind, Fields>();

  /** Takes over what was noticed in a record. */
  add(oddities: readonly Oddity[], place: RecordPlace): void {
    for (const { kind, field } of oddities) {
      const fields = this.#fieldsOf(kind);
      const known = fields.byName.get(field);
      if (known !== undefined) known.records++;
      else if (fields.byName.size < limits.noticed_fields) fields.byName.set(field, { records: 1, first: place });
      else fields.others = true;
    }
  }

  #fieldsOf(kind: OddityKind): Fields {
    const fields = this.#found.get(kind) ?? { byName: new Map<string, Found>(), others: false };
    this.#found.set(kind, fields);
    return fields;
  }

  /** Fails the job where a known field is of another type in more than {@link limits.wrong_type_share} of `records`. */
  checkShare(records: number): void {
    for (const [field, { records: wrong, first }] of this.#found.get('wrong_type')?.byName ?? []) {
      if (wrong <= records * limits.wrong_type_share) continue;
      const problem = `field ${field} is of another type in ${wrong} of ${records} records, this one the first`;
      throw new GexlakeError('FIELD_TYPE', `${where(first)}: ${problem}`, {
        details: { ...first, field },
        hint: 'Its column would be empty. If GEXBot has changed the field, report it to the maintainers of gexlake; the source is kept.',
      });
    }
  }

  /** The known fields that came as another type. */
  get drift(): Drift[] {
    return (['wrong_type', 'number_in_text'] as const).flatMap((kind) =>
      Array.from(this.#found.get(kind)?.byName ?? [], ([field, { records }]) => ({ field, kind, records })),
    );
  }

  /** One notice of each kind that there was. */
  notices(): Notice[] {
    return [...this.#found].map(([kind, fields]) => {
      const [event, what] = events[kind];
      return { event, detail: `${what}: ${listed(kind, fields)}` };
    });
  }
}

function listed(kind: OddityKind, { byName, others }: Fields): string {
  const shown = Array.from(byName, ([field, { records, first }]) => {
    const example = kind === 'kept' ? '' : `, first: record ${first.record}, byte ${first.byte}`;
    return `${nameOf(field)} (${records} records${example})`;
  });
  return [...shown, ...(others ? ['and others'] : [])].join(', ');
}

/** A field's name as it can stand in a line of text: a plain one as it is, any other as JSON writes it, and not for long. */
function nameOf(field: string): string {
  const cut =
    field.length > limits.noticed_field_characters ? `${field.slice(0, limits.noticed_field_characters - 1)}…` : field;
  return /^[\w.-]+…?$/.test(cut) ? cut : JSON.stringify(cut).replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '�');
}
