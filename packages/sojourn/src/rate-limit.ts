export {
  sharedLimiter,
  tokenBuckets,
  type FlexibleLimiter,
  type RateDecision,
  type RateLimiter,
} from './http/rate-limit.ts'
