-- Sends the requests of a file, one a line: path TAB header name TAB header value. Each thread has a server of
-- its own where there are several.
local ports, threads = {}, 0
for port in os.getenv("BENCH_PORTS"):gmatch("%d+") do ports[#ports + 1] = port end

function setup(thread)
  local port = ports[threads % #ports + 1]
  threads = threads + 1
  thread.addr = wrk.lookup("127.0.0.1", port)[1]
  thread:set("number", threads)
end

local ready, at = {}, 0
function init()
  for line in io.lines(os.getenv("BENCH_REQUESTS")) do
    local path, name, value = line:match("([^\t]+)\t([^\t]+)\t([^\t]+)")
    ready[#ready + 1] = wrk.format("GET", path, { [name] = value, Host = "127.0.0.1" })
  end
  at = number * 997 % #ready
end

function request()
  at = at % #ready + 1
  return ready[at]
end

function done(summary, latency)
  local e = summary.errors
  print(string.format('bench {"requests":%d,"micros":%d,"p50":%d,"p99":%d,"wrong":%d,"lost":%d}', summary.requests,
    summary.duration, latency:percentile(50), latency:percentile(99), e.status, e.connect + e.read + e.write + e.timeout))
end
