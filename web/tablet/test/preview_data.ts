// Made-up data for the preview.
import { create } from '@bufbuild/protobuf';
import { GetVisitViewResponseSchema, type GetVisitViewResponse } from '@dudao/shared/gen/dudao/client/v1/work_pb';
import { FakeCore } from './fake_core';

const record = { space: 'team-d2-2026', typeId: 10, key: new Uint8Array([1, 2, 3, 4]) };
const unit = (name: string, weak = false, thin = false) => ({ code: '140824103200', name, parentName: '翟店镇', weakOrganisation: weak, thinEconomy: thin });
const month = { month: '2026-09', daysCounted: 1, quota: 2, quotaMet: false, firstHalfFilled: true, secondHalfFilled: false, drafts: 2 };
const people = [
  { personId: 'p07', name: '张督一', homeDepartment: '县委组织部', role: 2 },
  { personId: 'p08', name: '李督二', homeDepartment: '农业农村局', role: 1 },
  { personId: 'p09', name: '王督三', homeDepartment: '民政局', role: 1 },
];
const line = (tempNo: string, name: string, state: number, zh: string) => ({ record, tempNo, unit: unit(name), visitDate: '2026-09-21', state, stateText: { zh, en: zh }, findings: 3, evidence: 6, conflicts: state === 4 ? 2 : 0, unsent: true, formId: state === 1 ? 'f' : '' });

function visitView(): GetVisitViewResponse {
  const input = (path: string, label: string, kind: number, given: boolean, number = 0n) => ({ path, label, kind, unit: kind === 2 ? { zh: '元', en: 'yuan' } : { zh: '个', en: '' }, scale: kind === 2 ? 100 : 1, given, number });
  const item = (code: string, label: string, result: number, inputs: ReturnType<typeof input>[] = [], findingIds: string[] = []) => ({ code, label, answerKind: 1, result, required: true, answered: result > 0, opensFinding: true, inputs, findingIds });
  return create(GetVisitViewResponseSchema, {
    record,
    formId: 'f',
    visit: { tempNo: 'D2-0921-01', visitDate: '2026-09-21', arrivedAtMs: 1790038800000n, inspectorIds: ['p07', 'p08'], mode: 3, areas: ['grid'], findings: [], interviews: [{ id: 'a', category: '普通村民', satisfaction: 4 }] },
    unit: unit('翟东村', true),
    mayEdit: true,
    maySubmit: true,
    sections: [
      { code: 'A', title: '责任落实', answered: 2, required: 3, items: [item('A1', '党组织书记能说清本月提醒卡任务', 1), item('A2', '任务清单责任到人、有完成时限', 3, [input('check_extras[A2.open_items].number', '未完成事项数', 1, true, 4n)], ['x1']), item('A4', '“四议两公开”有记录并公示', 0)] },
      { code: 'B', title: '网格治理', answered: 1, required: 2, items: [item('B1', '网格划分与台账、公示牌一致', 2, [input('b', '公示网格数', 1, true, 12n), input('c', '台账网格数', 1, false)]), item('B3', '巡查走访记录真实可核', 4)] },
      { code: 'C', title: '集体经济', answered: 0, required: 1, items: [{ ...item('C2', '上年/本年集体经济收入(元)', 0, [input('d', '上年收入', 2, true, 12345678n), input('e', '本年收入', 2, false)]), answerKind: 2 }] },
    ],
    answered: 3,
    required: 6,
    issues: [
      { reason: 'VISIT_MODE_MISSING', path: 'areas', textZh: '请选择督导主题', textEn: 'Choose a theme', blocking: true },
      { reason: 'ITEM', path: 'check_items[A4].result', textZh: 'A4 未作答', textEn: 'A4 has no answer', blocking: true },
      { reason: 'FEW', path: 'interviews', textZh: '走访群众不足 3 人', textEn: 'Fewer than 3 interviews', blocking: false },
    ],
    areas: ['grid', 'economy', 'training'].map((code, index) => ({ code, label: ['网格治理', '集体经济', '学习培训'][index] ?? '', chosen: index === 0 })),
    inspectors: people.slice(0, 2),
    team: people,
    month,
    findings: [{ finding: { id: 'x1', tempNo: 'D2-0921-01-F1', checkCode: 'A2', level: 2, problem: '任务清单未写完成时限，三项无责任人' }, deadline: '2026-09-28', limit: { zh: '7 天', en: '7 days' }, checkLabel: '任务清单责任到人、有完成时限', evidenceCount: 2 }],
    conflicts: [{ path: 'findings[x1].level', values: [{ version: '1', value: { value: { case: 'enumNumber', value: 2 } }, author: 'p08', timeMs: 1790042400000n, shown: true }, { version: '2', value: { value: { case: 'enumNumber', value: 3 } }, author: 'p09', timeMs: 1790042700000n, clockDoubt: true }] }],
    unitSignature: 1,
    leadSignature: 1,
  });
}

export function previewCore(): FakeCore {
  return new FakeCore()
    .on('GetIdentity', () => ({ enrolled: true, deviceId: 'd07', personId: 'p08', role: 1, teamId: 'D2', tabletIndex: 1, spaces: ['office', 'team-d2-2026'], serverFingerprint: '4b1f09a2c3d4e5f6' }))
    .on('GetHome', () => ({
      person: people[1], teamId: 'D2', teamName: '第二督导组', team: people, today: '2026-09-21', month, draftVisits: 2, visitsInConflict: 1, lookBacksAsked: 2, openTasks: 3, overdueTasks: 1, openFindings: 5,
      unsentVisits: 2, unsentChanges: 9n, unsentFiles: 6, unsentBytes: 2400000n, lastSuccessMs: 1789900000000n, lastSyncMs: 1790000000000n, lastError: 'UNAVAILABLE', lastErrorText: { zh: '连不上服务器，请检查网络。', en: 'The server cannot be reached.' }, databaseBytes: 12000000n, blobBytes: 9000000n,
      plan: [{ unit: unit('翟东村', true), daysSince: -1 }, { unit: unit('小宁村', false, true), lastVisitDate: '2026-05-12', daysSince: 132, openFindings: 2 }, { unit: unit('西位村'), lastVisitDate: '2026-06-01', daysSince: 112, hasDraft: true }],
    }))
    .on('ListVisits', () => ({ visits: [line('D2-0921-01', '翟东村', 1, '草稿'), line('D2-0918-01', '汾水社区', 4, '退回'), line('D2-0908-01', '小宁村', 2, '已提交')], total: 3 }))
    .on('PlanVisits', () => ({ total: 150, neverVisited: 96, places: [{ unit: unit('翟东村', true), daysSince: -1 }, { unit: unit('小宁村', false, true), lastVisitDate: '2026-05-12', daysSince: 132, openFindings: 2 }] }))
    .on('OpenRecord', () => ({ formId: 'f' }))
    .on('GetVisitView', visitView)
    .on('GetMonthBoard', () => ({ month: '2026-09', daysCounted: 1, quota: 2, firstHalfFilled: true, days: [{ date: '2026-09-08', units: 2, minutes: 390, fullDay: true }], visits: [{ record, tempNo: 'D2-0908-01', visitDate: '2026-09-08', state: 2, counts: true }] }))
    .on('ListTasks', () => ({ open: 2, tasks: [{ record, task: { kind: 1, reason: '缺少走访群众记录', visitTempNo: 'D2-0918-01', createdAtMs: 1790000000000n, dueDate: '2026-09-20' }, text: { zh: '补充后重新提交走访', en: 'Complete the visit and submit it again' }, visit: record, unit: unit('汾水社区'), overdue: true }] }));
}
