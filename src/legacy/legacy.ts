export { compareWithSource, heldColumns } from './compare.ts';
export { snapshotsBeside } from './identity.ts';
export { writeRecords } from './records.ts';
export { describeSource, recogniseSource, type OldSource } from './source.ts';
