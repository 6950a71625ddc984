import type { CommandAction } from '../program.ts';
export const train: CommandAction<object> = async () => undefined;
