import { createHash } from 'node:crypto';
import { unlessDefect } from '../core/defects.ts';
import { GexlakeError } from '../core/errors.ts';
import { placeWhole } from '../platform/append-file.ts';
import { readText } from '../platform/files.ts';
import { makeFolder } from '../platform/folders.ts';
import {
  checkNote,
  cosign,
  parseCheckpoint,
  parseNote,
  sameHash,
  verifyConsistency,
  type Checkpoint,
  type Hash,
  type Signer,
  type Verifier,
} from '../tlog/tlog.ts';

/** An answer of the witness: its status as C2SP tlog-witness has it, and what it says. */
export type WitnessAnswer = {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422;
  readonly type: string;
  readonly body: string;
};

export type WitnessOptions = {
  /** Where it keeps the last checkpoint of each journal. */
  readonly folder: string;
  readonly signer: Signer;
  /** The keys of the journals that it watches; the name of a key is its journal's origin. */
  readonly logs: readonly Verifier[];
  readonly now_ms: () => number;
};

type Request = { readonly old: number; readonly proof: readonly Hash[]; readonly checkpoint: string };

const textType = 'text/plain; charset=utf-8';

/**
 * Watches journals of others (C2SP tlog-witness): signs a checkpoint once it is proved to go on from the last one that it has seen. It keeps
 * that before it answers, so that it never signs two that contradict each other.
 */
export class Witness {
  readonly #options: WitnessOptions;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: WitnessOptions) {
    this.#options = options;
  }

  /** Answers one request after the other. */
  async add(body: string): Promise<WitnessAnswer> {
    const answer = this.#last.then(() => this.#add(body));
    this.#last = answer.catch(unlessDefect(null));
    return answer;
  }

  async #add(body: string): Promise<WitnessAnswer> {
    const request = readRequest(body);
    if (request === null) return said(400, 'not a request: old, a size, a proof, an empty line and a checkpoint');
    const { signer, logs, now_ms } = this.#options;
    const opened = open(request.checkpoint, logs);
    if ('status' in opened) return opened;
    const seen = await this.#seen(opened.origin);
    const refusal = judge(request, opened, seen);
    if (refusal !== null) return refusal;
    if (seen === null || opened.size > seen.size) await this.#keep(opened.origin, request.checkpoint);
    return said(200, cosign(request.checkpoint, signer, Math.floor(now_ms() / 1000)));
  }

  async #seen(origin: string): Promise<Checkpoint | null> {
    const text = await readText(`${this.#options.folder}/${fileOf(origin)}`);
    return text === null ? null : parseCheckpoint(text);
  }

  /** On the disk when this returns. */
  async #keep(origin: string, checkpoint: string): Promise<void> {
    const { folder } = this.#options;
    await makeFolder('witness:keep', folder);
    await placeWhole('witness:keep', folder, { blocks: [Buffer.from(checkpoint)], name: () => fileOf(origin) });
  }
}

function fileOf(origin: string): string {
  return createHash('sha256').update(origin).digest('hex');
}

function said(status: WitnessAnswer['status'], text: string): WitnessAnswer {
  return { status, type: textType, body: text.endsWith('\n') ? text : `${text}\n` };
}

/** The most hashes that a proof can have. */
const longestProof = 63;

function readRequest(body: string): Request | null {
  const end = body.indexOf('\n\n');
  if (end < 0) return null;
  const [first = '', ...lines] = body.slice(0, end).split('\n');
  const [, old] = /^old (0|[1-9]\d{0,14})$/.exec(first) ?? [];
  const proof = lines.map((line) => Buffer.from(line, 'base64'));
  const isProof = proof.length <= longestProof && lines.every((line, at) => proof[at]?.toString('base64') === line);
  return old === undefined || !isProof ? null : { old: Number(old), proof, checkpoint: body.slice(end + 2) };
}

function open(text: string, logs: readonly Verifier[]): Checkpoint | WitnessAnswer {
  try {
    const checkpoint = parseCheckpoint(text);
    const keys = logs.filter(({ name }) => name === checkpoint.origin);
    if (keys.length === 0) return said(404, `this witness does not watch ${checkpoint.origin}`);
    checkNote(parseNote(text), keys);
    return checkpoint;
  } catch (error) {
    if (!(error instanceof GexlakeError)) throw error;
    return said(error.code === 'CHECKPOINT_UNTRUSTED' ? 403 : 400, error.message);
  }
}

/** Why a checkpoint is not signed, if it is not. */
function judge({ old, proof }: Request, { size, root }: Checkpoint, seen: Checkpoint | null): WitnessAnswer | null {
  if (old > size) return said(400, `old is ${old}, and the checkpoint has ${size} entries`);
  const known = seen?.size ?? 0;
  if (old !== known) return { status: 409, type: 'text/x.tlog.size', body: `${known}\n` };
  if (seen === null || known === 0)
    return proof.length === 0 ? null : said(422, 'a proof where there is nothing to be proved');
  if (size === known && !sameHash(root, seen.root))
    return { status: 409, type: 'text/x.tlog.size', body: `${known}\n` };
  const isGrown = verifyConsistency({ from: known, fromRoot: seen.root, to: size, toRoot: root }, proof);
  return isGrown ? null : said(422, 'the proof does not show that this goes on from the last checkpoint');
}
