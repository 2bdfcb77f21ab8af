// Texts of the client core in the browser: what its worker says beside the core's own errors.
import type { Text } from './index';

export const CORE = {
  'core.unsupported': [
    '此浏览器缺少本应用所需的功能（{missing}），请升级到较新的 Chrome 或 Edge 后再打开；不要使用无痕窗口。',
    'This browser lacks what the app needs ({missing}). Update to a recent Chrome or Edge and open it again; do not use a private window.',
  ],
  'core.crashed': ['应用出现内部错误，请重新打开；已保存的内容不会丢失。', 'The app failed inside. Open it again; nothing that was saved is lost.'],
  'core.notReady': ['应用还没有准备好，请稍候再试。', 'The app is not ready yet. Try again in a moment.'],
  'core.filesHeld': [
    '另一个窗口仍占用着本机数据，请关闭其他窗口后重新打开。',
    'Another window still holds the data of this tablet. Close the other windows and open this one again.',
  ],
} as const satisfies Record<string, Text>;
