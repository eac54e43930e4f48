import { answerQuestions } from '../platform/threads.ts';
import { encodeGroup } from './groups.ts';

/* The thread that encodes row groups; started by encoder.ts. */

answerQuestions(encodeGroup);
