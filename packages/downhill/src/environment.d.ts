// What the library asks of its host beyond the language itself.
interface ImportMeta {
  readonly url: string;
}
interface ErrorConstructor {
  stackTraceLimit: number;
}
