#include "server/capability.h"

#include "base/check.h"

#define HTTP_BAD_REQUEST 400

void hone_capability_refuse_take(struct hone_exchange *exchange, json_t *required)
{
    struct hone_jsonrpc_problem problem;
    hone_jsonrpc_problem_set(&problem, HONE_RPC_MISSING_CAPABILITY, HTTP_BAD_REQUEST,
                             "the request needs a capability that its client did not "
                             "declare; see data.requiredCapabilities");
    problem.id = hone_span_of(NULL, 0);
    problem.data = json_pack("{s:o}", "requiredCapabilities", required);
    HONE_INVARIANT(problem.data != NULL);
    hone_exchange_refuse_take(exchange, &problem);
}

void hone_capability_refuse_tasks(struct hone_exchange *exchange)
{
    hone_capability_refuse_take(
        exchange, json_pack("{s:{s:{}}}", "extensions", "io.modelcontextprotocol/tasks"));
}
