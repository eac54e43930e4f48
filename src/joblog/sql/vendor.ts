import { rowReader, type SqlValue } from '../../core/columns.ts';
import { duties, vendorCalls } from '../../core/log-tables.ts';
import type { DutyName } from '../../core/vendor-answer.ts';
import type { Duty, VendorCall } from '../../core/vendor-call.ts';
import type { CallFilter, CallMade, VendorLog } from '../vendor-log.ts';
import type { LogChange } from './change.ts';
import type { Sql } from './session.ts';
import type { Transactions } from './transactions.ts';

const toCall = rowReader(vendorCalls.columns);
const toDuty = rowReader(duties.columns);

export function sqlVendorLog({ read, write }: Transactions): VendorLog {
  return {
    noteCalls: async (made) => {
      if (made.length === 0) return;
      await write(async (change) => {
        for (const one of made) await noteCall(change, one);
      });
    },
    calls: (filter = {}) => read((sql) => callsOf(sql, filter), []),
    duty: (name) => read((sql) => dutyOf(sql, name), null),
    takeDuty: async (name, { owner, isFree }) => {
      // Who has it already needs no transaction that writes.
      const seen = await read((sql) => held(sql, name), { duty: null, lastAsked_at: null });
      if (seen.duty?.owner === owner) return true;
      if (seen.duty !== null && !isFree(seen.duty, seen.lastAsked_at)) return false;
      return write(async (change) => {
        const now = await dutyOf(change.sql, name);
        if (now?.owner !== seen.duty?.owner) return false;
        const taken: Duty = { name, owner, since: change.now };
        if (now === null) await change.insert(duties, [taken]);
        else await change.update(duties, now, taken);
        return true;
      });
    },
    releaseDuty: async (name, owner) => {
      const seen = await read((sql) => dutyOf(sql, name), null);
      if (seen?.owner !== owner) return;
      await write(async (change) => {
        const now = await dutyOf(change.sql, name);
        if (now?.owner === owner) await change.remove(duties, now);
      });
    },
  };
}

async function noteCall(change: LogChange, made: CallMade): Promise<void> {
  const found = await change.sql.first('SELECT * FROM vendor_calls WHERE source = $1', [made.source]);
  const asked = { last_asked_at: change.now };
  if (found === null) {
    await change.insert(vendorCalls, [{ ...made, ...asked, calls: 1, first_asked_at: change.now }]);
    return;
  }
  const before = toCall(found);
  // What came once is known although later calls have brought nothing.
  const came = {
    wire_bytes: made.wire_bytes ?? before.wire_bytes,
    took_ms: made.wire_bytes === null ? before.took_ms : made.took_ms,
  };
  await change.update(vendorCalls, before, { ...made, ...came, ...asked, calls: before.calls + 1 });
}

async function callsOf(sql: Sql, { ticker, from, to }: CallFilter): Promise<VendorCall[]> {
  const values: SqlValue[] = [];
  const asked = [
    ticker === undefined ? null : `ticker = $${values.push(ticker)}`,
    from === undefined ? null : `session_date >= CAST($${values.push(from)} AS DATE)`,
    to === undefined ? null : `session_date <= CAST($${values.push(to)} AS DATE)`,
  ].filter((condition) => condition !== null);
  const where = asked.length === 0 ? '' : `WHERE ${asked.join(' AND ')}`;
  return (await sql.all(`SELECT * FROM vendor_calls ${where} ORDER BY session_date, source`, values)).map(toCall);
}

async function dutyOf(sql: Sql, name: DutyName): Promise<Duty | null> {
  const found = await sql.first('SELECT * FROM duties WHERE name = $1', [name]);
  return found === null ? null : toDuty(found);
}

async function held(sql: Sql, name: DutyName): Promise<{ duty: Duty | null; lastAsked_at: string | null }> {
  const duty = await dutyOf(sql, name);
  const last = await sql.first('SELECT max(last_asked_at) AS last_asked_at FROM vendor_calls');
  const at = last?.['last_asked_at'];
  return { duty, lastAsked_at: at instanceof Date ? at.toISOString() : null };
}
