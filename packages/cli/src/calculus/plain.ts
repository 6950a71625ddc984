import { setLifter } from 'downhill/operators';

// Formulas are made of the library's own operations. Without this the transforms would look for plain operators in the source
// of the functions they get, and load a parser of JavaScript for it.
setLifter(() => undefined);
