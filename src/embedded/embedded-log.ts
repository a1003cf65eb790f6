export type EmbeddedLog = (message: string, details?: Record<string, unknown>) => void;
