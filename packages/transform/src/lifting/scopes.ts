/**
 * What a function sees of its surroundings, asked of the JavaScript engine through Node's inspector. In a browser, or where
 * the inspector is missing, nothing can be asked and the callers fall back on names.
 */
export interface Surroundings {
  /** Variables that the function captures, innermost scope first; globals are not among them. */
  readonly captured: ReadonlyMap<string, unknown>;
  /** Line and column of the function's parameters in its script, from 1. */
  readonly line: number;
  readonly column: number;
}

interface RemoteObject {
  readonly type: string;
  readonly objectId?: string;
  readonly description?: string;
  readonly value?: unknown;
}

interface Property {
  readonly name: string;
  readonly value?: RemoteObject;
}

interface Properties {
  readonly result: readonly Property[];
  readonly internalProperties?: readonly Property[];
}

interface Session {
  connect(): void;
  post(method: string, params: object, done: (error: Error | null, result: unknown) => void): void;
}

interface Inspector {
  readonly Session: new () => Session;
}

interface NodeProcess {
  getBuiltinModule?: (name: string) => unknown;
}

let session: Session | null | undefined;

function open(): Session | null {
  if (session !== undefined) return session;
  try {
    const { process } = globalThis as { process?: NodeProcess };
    const inspector = process?.getBuiltinModule?.('node:inspector') as Inspector | undefined;
    session = inspector ? new inspector.Session() : null;
    session?.connect();
  } catch {
    session = null;
  }
  return session;
}

// Values pass between the inspector and this module through one property of the global object.
const bridge = Symbol.for('downhill-transform.inspected');

/** What `f` sees, or `undefined` when the engine cannot be asked. */
export function surroundings(f: (...args: never[]) => unknown): Surroundings | undefined {
  const inspector = open();
  if (!inspector) return undefined;
  const received: unknown[] = [];
  const world = globalThis as Record<symbol, unknown>;
  world[bridge] = { f, received };
  const access = `globalThis[Symbol.for(${JSON.stringify(bridge.description)})]`;
  try {
    const post = <T>(method: string, params: object): T => {
      let answer: unknown;
      inspector.post(method, params, (error, result) => {
        if (error) throw error;
        answer = result;
      });
      return answer as T;
    };
    const properties = (objectId: string | undefined): Properties =>
      post('Runtime.getProperties', { objectId, ownProperties: true });
    const { result } = post<{ result: RemoteObject }>('Runtime.evaluate', { expression: `${access}.f` });
    const { internalProperties = [] } = properties(result.objectId);
    const internal = (name: string) => internalProperties.find((p) => p.name === name)?.value;
    const location = internal('[[FunctionLocation]]')?.value as
      | { lineNumber: number; columnNumber: number }
      | undefined;
    const scopes = internal('[[Scopes]]');
    if (!scopes || !location) return undefined;
    const captured = new Map<string, unknown>();
    for (const { value: scope } of properties(scopes.objectId).result) {
      if (!scope?.objectId || scope.description?.startsWith('Global')) continue;
      for (const { name, value } of properties(scope.objectId).result) {
        if (captured.has(name)) continue;
        if (value?.objectId) {
          post('Runtime.callFunctionOn', {
            objectId: value.objectId,
            functionDeclaration: `function () { ${access}.received.push(this); }`,
          });
          captured.set(name, received.pop());
        } else captured.set(name, value?.value);
      }
    }
    return { captured, line: location.lineNumber + 1, column: location.columnNumber + 1 };
  } catch {
    return undefined;
  } finally {
    delete world[bridge];
  }
}
