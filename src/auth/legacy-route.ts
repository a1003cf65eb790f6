import { SetMetadata } from '@nestjs/common';

export const LEGACY_ROUTE = 'caudal:legacy-route';

/** A route that clients of replaced systems call: they have no key, and need none where CAUDAL_LEGACY_WORKSPACE is set. */
export const LegacyRoute = () => SetMetadata(LEGACY_ROUTE, true);
