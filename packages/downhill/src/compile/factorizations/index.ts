import type { Handler } from '../fuse.ts';
import { emitEigh } from './eigh.ts';
import { emitDet, emitLu, emitLuSolve, emitSlogdet } from './lu.ts';
import { emitQr } from './qr.ts';
import { emitCofactor, emitPinv, emitSvd } from './svd.ts';
import { emitCholesky, emitTriangularSolve } from './triangular.ts';

/** The primitives of `downhill/linalg`, with the arithmetic of its kernels in the order of its kernels. */
export const factorizationHandlers: Readonly<Record<string, Handler>> = {
  cholesky: emitCholesky,
  triangular_solve: emitTriangularSolve,
  lu: emitLu,
  lu_solve: emitLuSolve,
  det: emitDet,
  slogdet: emitSlogdet,
  qr: emitQr,
  eigh: emitEigh,
  svd: emitSvd,
  pinv: emitPinv,
  cofactor: emitCofactor,
};
