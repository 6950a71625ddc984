/**
 * Which rooms of a page the reader comes near. A lesson has about ten figures, and to make them costs as much as the rest of
 * the page: each is made when it is a screen away. Where a page is needed whole, all of them come: for print, and in
 * browsers that do not say what is in view.
 */

/** How far ahead of the window, in windows. */
const AHEAD = '75% 0px';

export interface Room {
  readonly id: string;
  /** Another room of the page, with which this one comes as well. */
  readonly with?: string | undefined;
  readonly come: () => void;
  /** Not near yet, as far as the browser knows. */
  readonly wait: () => void;
}

const rooms = new Map<Element, Room>();
let watcher: IntersectionObserver | undefined;

/** Lets a room come now, and those that come with it. */
export function call(element: Element): void {
  const room = rooms.get(element);
  if (room === undefined) return;
  leave(element);
  room.come();
  for (const [other, { with: partner }] of [...rooms]) if (partner === room.id) call(other);
}

export function leave(element: Element): void {
  rooms.delete(element);
  watcher?.unobserve(element);
}

/** Tells a room when it is near, once; `leave` when its page goes first. */
export function whenNear(element: Element, room: Room): void {
  rooms.set(element, room);
  if (typeof IntersectionObserver === 'undefined') {
    call(element);
    return;
  }
  if (watcher === undefined) {
    watcher = new IntersectionObserver(
      (entries) => {
        for (const { isIntersecting, target } of entries) {
          if (isIntersecting) call(target);
          else rooms.get(target)?.wait();
        }
      },
      { rootMargin: AHEAD },
    );
    // what is printed is what stands there when this event has been heard
    window.addEventListener('beforeprint', () => {
      for (const each of [...rooms.keys()]) call(each);
    });
  }
  watcher.observe(element);
}

/** What can wait until the page has nothing else to do; not every browser says when that is. */
export function whenIdle(task: () => void): void {
  if (typeof requestIdleCallback === 'undefined') setTimeout(task, 500);
  else requestIdleCallback(task);
}
