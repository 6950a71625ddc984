import type { CommandAction } from '../program.ts';
export const explain: CommandAction<object> = async () => undefined;
