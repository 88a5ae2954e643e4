// Sessions in NestJS: sign in as anna or ben.

import 'reflect-metadata'
import * as nest from '@nestjs/common'
import { Body, Controller, Get, HttpCode, Module, Post, UnauthorizedException } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { createSojourn, type Access, type Facts } from 'sojourn'
import { sojournExpress } from 'sojourn/express'
import { memoryStore } from 'sojourn/memory'
import { sojournNest, type Exchange } from 'sojourn/nest'
import { checkPassword, secret } from '../../../examples/people.ts'

const sojourn = createSojourn({ issuer: 'http://localhost:3000', secrets: [secret()], store: memoryStore() })
const { SignedIn, CurrentSession, CurrentExchange, SojournFilter } = sojournNest(nest)

@Controller()
class AppController {
  @Post('sign-in')
  @HttpCode(200)
  async signIn(@CurrentExchange() session: Exchange<Facts, Facts>, @Body() credentials: unknown) {
    const person = checkPassword(credentials)
    if (!person) throw new UnauthorizedException('That is not the name and password of anybody.')
    await session.signIn({ subject: person.id, claims: { role: person.role }, amr: ['pwd'] })
    return { welcome: person.name }
  }

  @Get('me')
  @SignedIn()
  me(@CurrentSession() session: Access<Facts>) {
    return session
  }

  @Get('admin')
  @SignedIn({ role: 'admin' })
  admin() {
    return { secret: 'the tea is in the tin' }
  }

  @Post('sign-out')
  @HttpCode(204)
  signOut(@CurrentExchange() session: Exchange<Facts, Facts>) {
    return session.signOut()
  }
}

@Module({ controllers: [AppController] })
class AppModule {}

const app = await NestFactory.create(AppModule, { logger: false })
app.use(sojournExpress(sojourn))
app.useGlobalFilters(new SojournFilter())
await app.listen(Number(process.env['PORT'] ?? 3000), '127.0.0.1')
console.log(await app.getUrl())
