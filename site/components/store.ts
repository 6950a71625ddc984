/** Progress in the browser: IndexedDB, or local storage where there is none. Nothing is sent anywhere. */
import { type IDBPDatabase, openDB } from 'idb';
import { onMounted, shallowReadonly, shallowRef } from 'vue';
import { isNewer, noProgress, type Progress, readProgress } from '../models/progress.ts';

const NAME = 'downhill-lab';
const STORE = 'values';
const KEY = 'progress';

const progress = shallowRef<Progress>(noProgress);
/** What went wrong with storage, for the reader; empty while all is well. */
const trouble = shallowRef('');
/** True once what was stored is here. */
const isLoaded = shallowRef(false);
let ready: Promise<void> | undefined;
let database: IDBPDatabase | undefined;
let channel: BroadcastChannel | undefined;

/** Stored by a newer Lab in another page: this one must not write over it. */
class NewerError extends Error {}

/** What is stored, of any version; progress that cannot be read is put beside, under a name of its own, never lost. */
function take(stored: unknown, setAside: (value: unknown) => void): Progress {
  if (stored === undefined || stored === null) return noProgress;
  const read = readProgress(stored);
  if (typeof read !== 'string') return read;
  if (isNewer(stored)) throw new NewerError(read);
  setAside(stored);
  trouble.value = `What this browser had stored cannot be read: ${read}. It was put aside, and nothing of it was changed.`;
  return noProgress;
}

/** One change as a transaction: what another page of the Lab stored meanwhile is part of it. */
async function update(change: (before: Progress) => Progress): Promise<Progress> {
  if (database === undefined) {
    const key = `${NAME}.${KEY}`;
    const before = take(readLocal(key), (value) => localStorage.setItem(`${key}.aside`, JSON.stringify(value)));
    const after = change(before);
    if (after !== before) localStorage.setItem(key, JSON.stringify(after));
    return after;
  }
  const transaction = database.transaction(STORE, 'readwrite');
  const before = take(await transaction.store.get(KEY), (value) => void transaction.store.put(value, `${KEY}-aside`));
  const after = change(before);
  // Plain data, so that no reactive wrapper reaches the database.
  if (after !== before) await transaction.store.put(JSON.parse(JSON.stringify(after)), KEY);
  await transaction.done;
  return after;
}

function readLocal(key: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(key) ?? 'null');
  } catch {
    return localStorage.getItem(key);
  }
}

async function open(): Promise<void> {
  try {
    database = await openDB(NAME, 1, {
      upgrade: (db) => void db.createObjectStore(STORE),
      // Another page wants a newer database: let it.
      blocking: () => database?.close(),
    });
  } catch {
    // Private windows may refuse a database; local storage is the next best place.
  }
  if (typeof BroadcastChannel !== 'undefined') {
    channel = new BroadcastChannel(NAME);
    channel.onmessage = () => void refresh();
  }
  await refresh();
  isLoaded.value = true;
}

async function refresh(): Promise<void> {
  try {
    progress.value = await update((before) => before);
  } catch (error) {
    if (error instanceof NewerError) trouble.value = `Nothing is stored from this page: ${error.message}.`;
    else
      trouble.value = 'This browser does not let the Lab store anything: your progress lasts until you leave the page.';
  }
}

/** Changes what is stored, and tells the other pages of the Lab. */
async function change(to: (before: Progress) => Progress): Promise<void> {
  await ready;
  try {
    progress.value = await update(to);
    channel?.postMessage('changed');
  } catch (error) {
    progress.value = to(progress.value);
    if (error instanceof NewerError) trouble.value = `Nothing is stored from this page: ${error.message}.`;
    else trouble.value = 'Your progress could not be stored: save it as a file before you leave.';
  }
}

export function useProgress() {
  onMounted(() => {
    ready ??= open();
  });
  return {
    progress: shallowReadonly(progress),
    trouble: shallowReadonly(trouble),
    isLoaded: shallowReadonly(isLoaded),
    change,
  };
}
