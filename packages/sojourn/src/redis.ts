// What `import … from 'sojourn/redis'` gives: sessions in Redis or Valkey, and the feed of their nodes.

export { redisStore, type RedisStore, type RedisStoreOptions } from './store/redis.ts'
export type {
  IoRedisClient,
  IoRedisCluster,
  NodeRedisClient,
  NodeRedisCluster,
  NodeRedisSentinel,
  RedisClient,
} from './store/redis-client.ts'
export { redisJournal, type RedisJournalOptions } from './audit/redis.ts'
