/*
 * The door of the room of pins: what counted at a time, kept under a name with a manifest that can be cited.
 */

export { makePin, type AskedPin, type PinReport } from './make-pin.ts';
export { listPins, verifyPins, type ListedPin, type PinsReport } from './read-pins.ts';
