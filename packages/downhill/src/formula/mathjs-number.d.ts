declare module 'mathjs/number' {
  export { create, parseDependencies } from 'mathjs';
}
