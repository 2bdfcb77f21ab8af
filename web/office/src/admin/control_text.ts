// What an entry of the control log says, in words.
import { fromBinary } from '@bufbuild/protobuf';
import { PERSON_ROLE } from '@dudao/shared/format';
import { type ControlBody, ControlBodySchema, type ControlEntry, DeviceState } from '@dudao/shared/gen/dudao/trust/v1/trust_pb';

import { personName, placeName, teamName } from '../core/directory';
import { t, termOf } from '../core/language';

export function controlText(entry: ControlEntry): string {
  let body: ControlBody;
  try {
    body = fromBinary(ControlBodySchema, entry.body);
  } catch {
    return t('control.unknown');
  }
  const what = body.what;
  // A unit's contact belongs to a place.
  const homeOf = (id: string): string => (id === '' ? '—' : teamName(id) === id ? placeName(id) : teamName(id));
  switch (what.case) {
    case 'serverKey':
      return t('control.serverKey', { key: what.value.key });
    case 'space':
      return t('control.space', { space: what.value.space, team: what.value.teamId === '' ? '—' : teamName(what.value.teamId) });
    case 'person': {
      const places = { person: personName(what.value.personId), role: termOf(PERSON_ROLE, what.value.role), team: homeOf(what.value.teamId) };
      return t(what.value.active ? 'control.person' : 'control.personLeft', places);
    }
    case 'device': {
      const places = { device: what.value.deviceId, person: personName(what.value.personId), reason: what.value.reason };
      if (what.value.state === DeviceState.ACTIVE) return t('control.device', places);
      return t(what.value.state === DeviceState.RETIRED ? 'control.deviceRetired' : 'control.deviceRevoked', places);
    }
    case 'verdict':
      return t(what.value.released ? 'control.released' : 'control.refused', { reason: what.value.reason });
    case 'recovered':
      return t('control.recovered');
    default:
      return t('control.unknown');
  }
}
