export { redisStore, type RedisStoreOptions } from './store/redis.ts'
export type { RedisClient } from './store/redis-client.ts'
