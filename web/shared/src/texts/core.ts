// Texts of the client core in the browser: what its worker says beside the core's own errors.
import type { Text } from './index';

export const CORE = {
  'core.unsupported': [
    '此浏览器缺少本应用所需的功能（{missing}），请升级到较新的 Chrome 或 Edge 后再打开；不要使用无痕窗口。',
    'This browser lacks what the app needs ({missing}). Update to a recent Chrome or Edge and open it again; do not use a private window.',
  ],
  'core.crashed': ['应用出现内部错误，请重新打开；已保存的内容不会丢失。', 'The app failed inside. Open it again; nothing that was saved is lost.'],
  'core.notReady': ['应用还没有准备好，请稍候再试。', 'The app is not ready yet. Try again in a moment.'],
  'core.noRoomToStart': [
    '平板的存储空间已满，应用打不开；已保存的内容都在。请删除平板上的其他文件（如视频），再重新打开。',
    'The storage of this tablet is full and the app cannot open; everything that was saved is there. Delete other things on the tablet, such as videos, and open it again.',
  ],
  'core.roomShort': [
    '存储空间不够，照片没有保存；文字照常保存。请同步后清理已上报的照片，或删除平板上的其他文件，再拍。',
    'There is no room for photos: this one was not saved. Texts are. Sync and remove photos that are sent, or delete other things on the tablet, then take it again.',
  ],
  'core.filesHeld': [
    '另一个窗口仍占用着本机数据，请关闭其他窗口后重新打开。',
    'Another window still holds the data of this tablet. Close the other windows and open this one again.',
  ],
} as const satisfies Record<string, Text>;
