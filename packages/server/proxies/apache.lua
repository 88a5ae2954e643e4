-- Asks Sojourn about each request before Apache passes it on (see apache.conf). It needs LuaSocket (Debian: lua-socket).

local http = require 'socket.http'

local sojourn = 'http://127.0.0.1:3000/forward-auth?cookies=numbered'
http.TIMEOUT = 10

-- What is about the connection or the body, which stay here, and what only this proxy may say.
local dropped = {
  ['connection'] = true, ['content-length'] = true, ['expect'] = true, ['host'] = true, ['keep-alive'] = true,
  ['te'] = true, ['trailer'] = true, ['transfer-encoding'] = true, ['upgrade'] = true,
  ['x-original-method'] = true, ['x-original-uri'] = true,
}

local function question(r)
  local headers = {}
  for name, value in pairs(r:headers_in_table()) do
    if not dropped[name:lower()] then headers[name:lower()] = value end
  end
  headers['x-forwarded-method'] = r.method
  headers['x-forwarded-uri'] = r.unparsed_uri
  headers['x-forwarded-host'] = r.headers_in['Host']
  headers['x-forwarded-proto'] = 'https'
  headers['x-forwarded-for'] = r.useragent_ip
  return headers
end

local function refuse(r, status, headers)
  for _, name in ipairs { 'Location', 'WWW-Authenticate', 'Retry-After' } do
    r.err_headers_out[name] = headers[name:lower()]
  end
  return status
end

function forward_auth(r)
  local ok, status, headers = http.request { url = sojourn, headers = question(r), redirect = false }
  if not ok or type(status) ~= 'number' then return 503 end
  if status ~= 200 then return refuse(r, status >= 300 and status or 503, headers) end

  -- To many applications X_Session_Subject and X-Session-Subject are the same.
  for name in pairs(r:headers_in_table()) do
    if name:lower():match '^x[-_]session' then r.headers_in[name] = nil end
  end
  for _, name in ipairs { 'X-Session-Subject', 'X-Session-Id', 'X-Session-Claims', 'Authorization' } do
    r.headers_in[name] = headers[name:lower()]
  end
  for number = 1, 3 do
    r.subprocess_env['SESSION_COOKIE_' .. number] = headers['x-session-cookie-' .. number]
  end
  return apache2.DECLINED
end
