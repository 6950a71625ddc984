export { editDistance, nearestName } from '../tensor/nearest.ts';
