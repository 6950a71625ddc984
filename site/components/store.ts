/** Progress in the browser: IndexedDB, or local storage where there is none. Nothing is sent anywhere. */
import { type IDBPDatabase, openDB } from 'idb';
import { onMounted, readonly, ref } from 'vue';
import { noProgress, type Progress, readProgress } from '../models/progress.ts';

const NAME = 'downhill-lab';
const KEY = 'progress';

const progress = ref<Progress>(noProgress);
let ready: Promise<void> | undefined;
let database: IDBPDatabase | undefined;

async function open(): Promise<void> {
  try {
    database = await openDB(NAME, 1, { upgrade: (db) => void db.createObjectStore('values') });
  } catch {
    // Private windows may refuse a database; local storage is the next best place.
  }
  const stored: unknown = database
    ? await database.get('values', KEY)
    : JSON.parse(localStorage.getItem(`${NAME}.${KEY}`) ?? 'null');
  const read = stored === undefined || stored === null ? noProgress : readProgress(stored);
  if (typeof read !== 'string') progress.value = read;
}

async function change(to: Progress): Promise<void> {
  await ready;
  progress.value = to;
  const plain = JSON.parse(JSON.stringify(to)) as Progress;
  if (database) await database.put('values', plain, KEY);
  else localStorage.setItem(`${NAME}.${KEY}`, JSON.stringify(plain));
}

export function useProgress() {
  onMounted(() => {
    ready ??= open();
  });
  return { progress: readonly(progress), change };
}
