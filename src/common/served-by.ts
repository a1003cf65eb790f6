import { SetMetadata } from '@nestjs/common';
import type { Role } from '../config/config.js';

export const SERVED_BY = 'caudal:served-by';

/**
 * Says which processes answer a controller's routes: those with the role `api` where nothing is said,
 * `router` for the intake of webhooks, `every` for health.
 */
export const ServedBy = (role: Role | 'every') => SetMetadata(SERVED_BY, role);
