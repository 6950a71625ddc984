import type { CommandAction } from '../program.ts';
export const derive: CommandAction<object> = async () => undefined;
