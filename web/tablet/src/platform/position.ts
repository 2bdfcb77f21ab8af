// One position, when the person asks for it. There is no track.
import { create, toBinary } from '@bufbuild/protobuf';
import { CoordinateSystem, FixSource, GeoFixSchema } from '@dudao/shared/gen/dudao/records/v1/common_pb';

const WAIT_MS = 45_000;
// Satellites are this good; networks are worse.
const SATELLITE_ACCURACY_M = 100;

export type PositionFailure = 'denied' | 'timeout' | 'none';

export class PositionError extends Error {
  constructor(readonly kind: PositionFailure) {
    super(kind);
  }
}

export function takePosition(): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    if (!('geolocation' in navigator)) return reject(new PositionError('none'));
    navigator.geolocation.getCurrentPosition(
      ({ coords, timestamp }) =>
        resolve(
          toBinary(
            GeoFixSchema,
            create(GeoFixSchema, {
              longitude: coords.longitude,
              latitude: coords.latitude,
              accuracyM: coords.accuracy,
              crs: CoordinateSystem.WGS84,
              source: coords.accuracy <= SATELLITE_ACCURACY_M ? FixSource.SATELLITE : FixSource.NETWORK,
              fixedAtMs: BigInt(Math.round(timestamp)),
            }),
          ),
        ),
      (error) => reject(new PositionError(error.code === error.PERMISSION_DENIED ? 'denied' : error.code === error.TIMEOUT ? 'timeout' : 'none')),
      { enableHighAccuracy: true, timeout: WAIT_MS, maximumAge: 0 },
    );
  });
}

export function refusePosition(reason: string): Uint8Array {
  return toBinary(GeoFixSchema, create(GeoFixSchema, { refusalReason: reason, fixedAtMs: BigInt(Date.now()) }));
}
