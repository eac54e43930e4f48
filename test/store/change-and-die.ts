import { armFault } from '../../src/platform/faults.ts';
import { openLocalStore } from '../../src/store/store.ts';
import { changes, type ChangeName } from './changes.ts';

// Does a change in a process of its own, which a fault kills on the way.
const [root = '', workFolder = '', name = ''] = process.argv.slice(2);
armFault();
await changes[name as ChangeName].act({ store: openLocalStore(root), workFolder });
