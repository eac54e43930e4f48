/*
 * The door of the room that lets others trust the journal, or see that they cannot: all of it held against itself and against what was noted
 * elsewhere, its entries in words, its keys, and a new beginning where it is lost.
 */

export { anchorLog, type AnchorReport } from './anchor.ts';
export { newKey, rotateKey, showKey, type KeyReport } from './change-key.ts';
export { currentSigner, makeWitnessKey, readSignerFile, type KeyPlace } from './key-file.ts';
export { readVerifier } from './read-verifier.ts';
export { restartLog, type RestartReport } from './restart-log.ts';
export { showEntries, showEntry, type AskedEntries, type ShownEntry, type WholeEntry } from './show-log.ts';
export { verifyLog, type AskedLog, type LogReport } from './verify-log.ts';
export { Witness, type WitnessAnswer } from './witness.ts';
export { formatCosigner, parseCosigner, parseVerifier, verifierOf } from '../tlog/tlog.ts';
