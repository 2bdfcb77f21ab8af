// Texts that both apps say.
import type { Text } from './index';

export const COMMON = {
  'error.answerBroken': ['服务器的回复不完整，请重试；若一直如此，请联系管理员。', 'The answer of the server is not whole. Try again; if it goes on, tell the administrator.'],
  'error.timeout': ['服务器没有及时回复，请检查网络后重试。', 'The server did not answer in time. Check the network and try again.'],
  'error.cancelled': ['已取消。', 'Cancelled.'],
  'error.network': ['连不上服务器，请检查网络后重试；已填写的内容不会丢失。', 'The server cannot be reached. Check the network and try again; nothing that you typed is lost.'],
  'error.requestTooLarge': ['内容过大，服务器不接收，请缩短后重试。', 'This is too large for the server. Shorten it and try again.'],
  'error.rateLimited': ['操作过于频繁，请稍候再试。', 'Too many requests. Wait a moment and try again.'],
  'error.unimplemented': ['服务器还没有这项功能，请管理员升级服务器。', 'The server does not know this yet. Ask the administrator to update it.'],
  'error.serverUnavailable': ['服务器暂时不可用，请稍后重试。', 'The server is not available now. Try again later.'],
} as const satisfies Record<string, Text>;
