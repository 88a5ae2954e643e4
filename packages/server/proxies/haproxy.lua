-- Asks Sojourn about each request before HAProxy passes it on (see haproxy.cfg).

local sojourn = 'http://127.0.0.1:3000/forward-auth?cookies=numbered'

-- What is about the connection or the body, which stay here, and what only this proxy may say.
local dropped = {
  ['connection'] = true, ['content-length'] = true, ['expect'] = true, ['host'] = true, ['keep-alive'] = true,
  ['te'] = true, ['trailer'] = true, ['transfer-encoding'] = true, ['upgrade'] = true,
  ['x-forwarded-method'] = true, ['x-forwarded-uri'] = true, ['x-original-method'] = true, ['x-original-uri'] = true,
}

-- HAProxy counts the values of a header from 0.
local function values(list)
  local found = {}
  for index = 0, #list do
    if list[index] ~= nil then found[#found + 1] = list[index] end
  end
  return found
end

local function question(txn)
  local headers = {}
  for name, list in pairs(txn.http:req_get_headers()) do
    if not dropped[name] then headers[name] = values(list) end
  end
  headers['x-forwarded-method'] = { txn.f:method() }
  headers['x-forwarded-uri'] = { txn.f:pathq() }
  return headers
end

local relayed = { 'content-type', 'cache-control', 'www-authenticate', 'location', 'retry-after', 'set-cookie', 'vary' }

-- Ends the request with the answer of Sojourn.
local function refuse(txn, answer)
  local reply = txn:reply()
  local status = answer and answer.status or 0
  if status < 300 then
    reply:set_status(503)
    txn:done(reply)
    return
  end
  reply:set_status(status)
  for _, name in ipairs(relayed) do
    for _, value in ipairs(answer.headers and answer.headers[name] and values(answer.headers[name]) or {}) do
      reply:add_header(name, value)
    end
  end
  reply:set_body(answer.body or '')
  txn:done(reply)
end

core.register_action('forward_auth', { 'http-req' }, function(txn)
  local answer = core.httpclient():get { url = sojourn, headers = question(txn), timeout = 10000 }
  if not answer or answer.status ~= 200 then return refuse(txn, answer) end

  -- To many applications X_Session_Subject and X-Session-Subject are the same.
  for name in pairs(txn.http:req_get_headers()) do
    if name:match('^x[-_]session') then txn.http:req_del_header(name) end
  end
  for _, name in ipairs { 'x-session-subject', 'x-session-id', 'x-session-claims', 'authorization' } do
    txn.http:req_set_header(name, answer.headers[name][0])
  end
  for number = 1, 3 do
    local cookie = answer.headers['x-session-cookie-' .. number]
    if cookie then txn:set_var('txn.session_cookie_' .. number, cookie[0]) end
  end
end)
