import type { CommandAction } from '../program.ts';
export const descend: CommandAction<object> = async () => undefined;
