import { GexlakeError } from '../core/errors.ts';
import { probeDisk, probeSyncs, type DiskTraits } from '../platform/disk.ts';
import { describeMount, mountOf } from '../platform/mounts.ts';
import { noteOf, type Note, type NoteCode } from '../core/problem.ts';

/** File systems whose modes are made up, for where nothing can be tried since the disk is read-only. */
const withoutModes = /^(?:msdos|vfat|exfat|ntfs3?|fuseblk|cifs|smb3|smbfs|drvfs)/;

/** Whether files of a folder keep the modes that they are given. */
export async function keepsModes(root: string): Promise<boolean> {
  return probeDisk(root).then(
    ({ modes }) => modes,
    () => !withoutModes.test(mountOf(root)?.type ?? ''),
  );
}

/** What a disk can lack that gexlake would make use of. */
const lacking: Readonly<Record<keyof DiskTraits, readonly [NoteCode, string]>> = {
  links: ['DISK_NO_LINKS', 'has no hard links'],
  modes: ['DISK_NO_MODES', 'keeps no modes: what is to be read-only is not'],
  replaces: ['DISK_NO_REPLACE', 'does not let a file take the name of another one'],
  file_sync: ['DISK_NO_SYNC', 'does not bring files to the disk when asked to'],
  folder_sync: ['DISK_NO_FOLDER_SYNC', 'syncs no folders'],
  case_sensitive: ['DISK_IGNORES_CASE', 'takes names that differ by case only for one'],
};

/** What the disk of a folder was found to lack, each with what is done instead. */
export function diskNotes(root: string, traits: DiskTraits): Note[] {
  const names = Object.keys(lacking) as (keyof DiskTraits)[];
  return names.filter((name) => traits[name] === false).map((name) => lackNote(root, name));
}

/** File systems of Linux's own that certainly sync, so that nobody has to wait for a trial. */
const certainlySync = /^(?:ext[234]|xfs|btrfs|zfs|f2fs|bcachefs|overlay|tmpfs)$/;

/**
 * Looks at the disk before anything is written that counts; gives what it lacks.
 * @throws FOLDER_NOT_WRITABLE where it is read-only, FILE_SYSTEM where nothing can be brought to it
 */
export async function beginOn(root: string): Promise<Note[]> {
  const mount = mountOf(root);
  const look = mount !== null && certainlySync.test(mount.type) ? probeDisk : probeSyncs;
  const traits = await look(root).catch((error: unknown) => {
    if (mount?.readOnly === true) throw error;
    return null;
  });
  // A right that is missing, or a full disk: whoever needs it next says of which file.
  if (traits === null) return [];
  const notes = diskNotes(root, traits);
  const unsafe = notes.find(({ code }) => code === 'DISK_NO_SYNC');
  if (unsafe === undefined) return notes;
  throw new GexlakeError('FILE_SYSTEM', unsafe.message, { details: { path: root }, hint: unsafe.hint });
}

/** The one note of verifying instead of one for each file. */
export function modelessNote(root: string): Note[] {
  return [lackNote(root, 'modes')];
}

function lackNote(root: string, name: keyof DiskTraits): Note {
  const mount = mountOf(root);
  const where = mount === null ? root : `${root} (${describeMount(mount)})`;
  const [code, what] = lacking[name];
  return noteOf(code, { path: '.' }, `the file system of ${where} ${what}`);
}
