/** Imported by whatever starts real processes: they have real deadlines, and share this machine with other tests. */

// What fails once is told, and tried once more: a busy machine must not decide, a defect fails twice.
jest.retryTimes(1, { logErrorsBeforeRetry: true });
