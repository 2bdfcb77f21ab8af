// Words of the trade: states, levels, roles. One word for one thing, everywhere the same.
import type { Text } from './index';

export const TERMS = {
  'unitType.village': ['村', 'Village'],
  'unitType.community': ['社区', 'Community'],
  'unitType.township': ['乡镇', 'Township'],
  'unitType.department': ['县直单位', 'County department'],
  'unitType.taskForce': ['专班', 'Task force'],
  'unitType.county': ['县', 'County'],

  'visitState.draft': ['草稿', 'Draft'],
  'visitState.submitted': ['已提交', 'Submitted'],
  'visitState.confirmed': ['已认定', 'Confirmed'],
  'visitState.returned': ['退回', 'Returned'],
  'visitState.merged': ['合并', 'Merged'],
  'visitState.dismissed': ['不予认定', 'Dismissed'],
  'visitState.deleted': ['已删除', 'Deleted'],

  'visitMode.announced': ['明察', 'Announced'],
  'visitMode.undisclosed': ['暗访', 'Undisclosed'],
  'visitMode.direct': ['四不两直', 'Direct, without notice'],
  'visitMode.lookBack': ['回头看', 'Look-back'],
  'visitMode.special': ['专项', 'Special subject'],
  'visitMode.remote': ['电话书面', 'By telephone or on paper'],

  'result.yes': ['是', 'Yes'],
  'result.partly': ['部分', 'Partly'],
  'result.no': ['否', 'No'],
  'result.notApplicable': ['不适用', 'Not applicable'],
  'result.none': ['未填写', 'Not answered'],

  'level.atOnce': ['立行立改', 'At once'],
  'level.ordinary': ['一般', 'Ordinary'],
  'level.serious': ['较重', 'Serious'],
  'level.longTerm': ['长期', 'Long-term'],
  'level.none': ['未定级', 'No level'],

  'lookback.done': ['已整改', 'Put right'],
  'lookback.partly': ['部分整改', 'Partly put right'],
  'lookback.notDone': ['未整改', 'Not put right'],
  'lookback.relapsed': ['反弹', 'Relapsed'],

  'rectification.inbox': ['待认定', 'Awaiting decision'],
  'rectification.returned': ['退回', 'Returned'],
  'rectification.dismissed': ['不予认定', 'Dismissed'],
  'rectification.merged': ['合并', 'Merged'],
  'rectification.confirmed': ['已认定', 'Confirmed'],
  'rectification.issued': ['已下发', 'Issued'],
  'rectification.received': ['已签收', 'Received'],
  'rectification.rectifying': ['整改中', 'Rectifying'],
  'rectification.pendingCheck': ['待核查', 'Pending check'],
  'rectification.rework': ['退回整改', 'Rework'],
  'rectification.closed': ['已销号', 'Struck off'],
  'rectification.parked': ['挂账', 'Parked'],
  'rectification.reviewRequested': ['复核中', 'Under review'],
  'rectification.cancelled': ['撤销', 'Withdrawn'],
  'rectification.reopened': ['反弹', 'Reopened'],

  'light.green': ['绿灯', 'Green'],
  'light.yellow': ['黄灯', 'Yellow'],
  'light.red': ['红灯', 'Red'],

  'limitUnit.calendarDay': ['天', 'days'],
  'limitUnit.workingDay': ['个工作日', 'working days'],
  'limitUnit.workingHour': ['个工作小时', 'working hours'],
  'limitUnit.month': ['个月', 'months'],

  'role.inspector': ['督导员', 'Inspector'],
  'role.lead': ['督导组长', 'Team lead'],
  'role.reviewer': ['办公室审核人', 'Reviewer'],
  'role.leader': ['县领导', 'County leader'],
  'role.reporter': ['单位填报人', 'Unit reporter'],
  'role.admin': ['管理员', 'Administrator'],

  'evidence.photo': ['照片', 'Photo'],
  'evidence.audio': ['录音', 'Recording'],
  'evidence.documentPhoto': ['文件照', 'Photographed paper'],

  'fix.satellite': ['卫星定位', 'Satellite'],
  'fix.network': ['网络定位', 'Network'],
  'fix.manual': ['手工标点', 'Set by hand'],

  'date.unknown': ['未填写', 'Not given'],
  'duration.hours': ['{hours}小时', '{hours} h'],
  'duration.hoursMinutes': ['{hours}小时{minutes}分', '{hours} h {minutes} min'],
  'duration.minutes': ['{minutes}分钟', '{minutes} min'],
  'unknown.value': ['未知（{number}）', 'Unknown ({number})'],
} as const satisfies Record<string, Text>;
