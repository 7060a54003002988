-- The small request, with the tokens of a file in turn: `wrk -s wrk.lua URL -- FILE`.
local requests = {}
local next_request = 0

function init(arguments)
    for token in io.lines(arguments[1]) do
        local headers = {["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. token}
        requests[#requests + 1] = wrk.format("POST", nil, headers, string.rep(" ", 27))
    end
end

function request()
    next_request = next_request % #requests + 1
    return requests[next_request]
end
