#include "cli/command.h"

#include "base/alloc.h"
#include "base/text.h"
#include "cli/command_help.h"

#include <stdlib.h>
#include <string.h>

#define N_OF(table) (sizeof(table) / sizeof(table)[0])

static const struct hone_arguments_option action_options[] = {
    {"reason", "TEXT", "Why; kept in the audit log. Must be given."},
};

static const struct hone_arguments_option connect_options[] = {
    {"url", "URL",
     "Connect to a server that is running, by HTTP, instead of starting one."},
};

static const struct hone_arguments_option demo_options[] = {
    {"limit", "N", "Send only the first N messages."},
    {"once", NULL, "Stop the server at the end instead of serving on."},
    {"url", "URL", "Use the server at this MCP URL; it is not killed and started again."},
};

static const struct hone_arguments_option diff_options[] = {
    {"calls", "N",
     "Answer the newest N recorded calls, at most 10000; 1000 without this."},
    {"limit", "N", "Show N calls whose answers differ, at most 200; 20 without this."},
};

static const struct hone_arguments_option eval_options[] = {
    {"all", NULL, "With --data: count rows that the skill was taught, too."},
    {"csv", "FILE", "With --data: also write all figures as a table."},
    {"data", "FILE", "Rows with their right answers (docs/offline.md); - is stdin."},
    {HONE_ARGUMENTS_DATA_FOLDER, "DIR", "The data folder, which is --data elsewhere."},
    {"interval", "KIND", "normal, or bernstein, which is wide and holds for any number."},
    {"jobs", "N", "Threads that answer the rows; the result is the same for any number."},
    {"learning-curve", NULL,
     "Also how a learner that begins as the package does gets on with the rows."},
    {"policy", "POLICY",
     "squarecb:G, epsilon:E, thompson:S, greedy, none, uniform or always:OPTION."},
    {"quiet", NULL, "Show no progress."},
    {"strict", NULL, "Stop at the first row that cannot be used."},
    {"version", "N", "A version, instead of what is served now."},
};

static const struct hone_arguments_option feedback_options[] = {
    {"choice", "ID", "The right one of the candidates of a rank skill."},
    {"comment", "TEXT", "A remark; alone, or with one of the others."},
    {"correction", "TEXT", "What the answer should have been, as text."},
    {"input", "JSON",
     "Arguments (or text) whose right answer is told, instead of a call's; needs "
     "--skill."},
    {"key", "KEY", "Idempotency key: sending the same key again changes nothing."},
    {"label", "LABEL", "The right label."},
    {"labels", "LABEL,LABEL",
     "Of a skill that gives sets: all right labels; \"\" for none."},
    {"order", "ID,ID", "Candidates of a rank skill, best first; need not be all."},
    {"output", "ANSWER", "With --input and --reward: the answer that the reward is for."},
    {"reward", "NUMBER",
     "How good the answer was, from 0 to 1 or as the skill declares."},
    {"skill", "SKILL", "The skill that --input is for."},
    {"value", "NUMBER", "The true number."},
    {"wait", NULL, "Return when the feedback is learned and served, not only stored."},
};

static const struct hone_arguments_option help_options[] = {
    {"markdown", NULL,
     "Print the reference of all commands (docs/cli.md) or of the configuration "
     "(docs/config.md)."},
};

static const struct hone_arguments_option import_options[] = {
    {"answer", "KIND", "What labels are: label (the default), or value for numbers."},
    {"delimiter", "C", "CSV: what parts cells; a comma by default, or tab."},
    {"first-label", NULL, "fastText: only the first label of a line."},
    {"from", "PROGRAM", "vw, fasttext or csv."},
    {"input", "FORM",
     "VW: text (the default), namespaces for a text each, or features for a number "
     "each."},
    {"label-column", "COLUMN",
     "CSV: the answer's column, by name or number; else the last."},
    {"labels", NULL, "A record's labels are one answer: a set (multi_label)."},
    {"labels-separator", "C", "CSV: what parts the labels of a cell, a set."},
    {"no-header", NULL,
     "CSV: the first record is a row; columns are column_1, column_2 ..."},
    {"output", "FILE", "Where the rows go instead of stdout."},
    {"quiet", NULL, "Show no progress."},
    {"strict", NULL, "Stop at the first record that cannot be used."},
    {"strings", NULL, "CSV: leave cells text also when they are numbers."},
    {"text-column", "COLUMN",
     "CSV: the text's column; else all others are input fields."},
};

static const struct hone_arguments_option log_options[] = {
    {"at", "TIME",
     "What was live then: 2026-01-31T23:59:59Z, 2026-01-31, or how long ago, as \"2h "
     "ago\"."},
    {"limit", "N", "Show the newest N, at most 1000; 50 without this."},
};

static const struct hone_arguments_option pin_options[] = {
    {"reason", "TEXT", "Why; kept in the audit log. Must be given."},
    {"to", "N", "The version that is to answer; without it the live one."},
};

static const struct hone_arguments_option restore_options[] = {
    {"force", NULL,
     "Replace a data folder in which no call and no feedback is recorded."},
};

static const struct hone_arguments_option rollback_options[] = {
    {"reason", "TEXT", "Why; kept in the audit log."},
    {"to", "N", "The version to go back to; without it the live version's parent."},
    {"yes", NULL, "Do not ask."},
};

static const struct hone_arguments_option token_options[] = {
    {"role", "ROLES", "What the token may do: call, feedback or admin, or several."},
    {"tokens", "FILE", "The file of tokens, instead of the configured one."},
};

static const struct hone_arguments_option train_options[] = {
    {"data", "FILE", "The rows, one JSON object a line (docs/offline.md)."},
    {HONE_ARGUMENTS_DATA_FOLDER, "DIR", "The data folder, which is --data elsewhere."},
    {"hold-out", "PERCENT", "Share of the rows that are evidence; 10 to 25 by default."},
    {"quiet", NULL, "Show no progress."},
    {"run", "NAME", "A name for this training: rows are learnt once under each."},
    {"strict", NULL, "Stop at the first row that cannot be used."},
};

static const struct hone_command commands[] = {
    {"backup", "FOLDER", "Copies a data folder, also while its server works.",
     "FOLDER must not exist yet, or be empty; it appears when all of it is on disk. The "
     "database is copied in small steps, then the tensors files that it names; what is "
     "learnt meanwhile is in the copy as far as it was stored before its last step. "
     "Without a server the data folder itself is opened. docs/store.md says what is in "
     "a backup.",
     hone_command_backup, NULL, 0, HONE_ARGUMENTS_PLACE},
    {"call", "SKILL [JSON|TEXT|-]", "Calls a skill and prints its answer.",
     "The arguments of the skill are a JSON object; text that does not start with '{' is "
     "short "
     "for {\"text\": TEXT}, and - reads either from stdin. With --json the structured "
     "answer is "
     "printed.",
     hone_command_call, NULL, 0, HONE_ARGUMENTS_PLACE},
    {"connect", "[CLIENT]", "Prints how to connect an MCP client; writes nothing.",
     "CLIENT is claude, codex, cursor, opencode or vscode; without one, all are shown. "
     "With "
     "skills named, the client starts hone itself, over stdio; otherwise it reaches the "
     "server "
     "that is running, by HTTP.",
     hone_command_connect, connect_options, N_OF(connect_options), HONE_ARGUMENTS_PLACE},
    {"demo", "[SKILL]",
     "Shows a skill learn from labels, and that kill -9 loses nothing.",
     "Starts a server of its own on a free port, sends the messages that lie in the "
     "skill's "
     "folder (data/messages.jsonl), answers each with the right label and draws the "
     "accuracy. "
     "About every sixth message is kept apart: its label is never sent, and it measures "
     "before "
     "and after. Without --data a temporary folder is used and removed. SKILL is triage "
     "when not "
     "given.",
     hone_command_demo, demo_options, N_OF(demo_options), HONE_ARGUMENTS_PLACE},
    {"diff", "SKILL A B", "Shows how two versions of a skill differ.",
     "Both answer the newest recorded calls, and demonstrations between the versions: "
     "which "
     "answers flip, and how many are right where feedback has said what is. Of a "
     "classify skill also labels that came and "
     "went, and for each label the examples between the versions and the features whose "
     "weights moved most; features are named by the recorded inputs. Both versions need "
     "their tensors, which are kept for the newest (keep_versions).",
     hone_command_diff, diff_options, N_OF(diff_options), HONE_ARGUMENTS_PLACE},
    {"doctor", "", "Checks whether hone can work here, and says what to do if not.", NULL,
     hone_command_doctor, NULL, 0, HONE_ARGUMENTS_ALL_SETTINGS},
    {"eval", "SKILL", "Measures a skill on rows of a file, or another policy on the log.",
     "With --data: accuracy, macro-F1, log loss, calibration error and confusion of what "
     "is served now or of a version, errors and intervals of a score skill, places of a "
     "rank skill. Nothing is learnt. With --policy, for choose skills: what the policy "
     "would have earned, from the newest 20,000 events of the log, by importance "
     "weighting "
     "(IPS, SNIPS) and doubly robust, with 95 % intervals, in units of the reward less "
     "costs. What was earned stands beside it.",
     hone_command_eval, eval_options, N_OF(eval_options), HONE_ARGUMENTS_PLACE},
    {"explain", "CALL_ID|SKILL@VERSION", "Says why: of a call's answer, or of a version.",
     "Of a call: which version answered, what that had learnt, what made it live, and "
     "what became of each feedback on the call: learnt, withdrawn by the gate, rolled "
     "back, ignored or waiting, and by what. A repeated feedback is stored once. Of a "
     "version: its parent, the feedback that it learnt, by kind and source, the gate's "
     "evidence in words, and what made it live and ended that.",
     hone_command_explain, NULL, 0, HONE_ARGUMENTS_PLACE},
    {"feedback", "[CALL_ID]",
     "Says how a call should have gone, so that the skill learns.",
     "Exactly one of --label, --labels, --value, --reward, --correction, --choice and "
     "--order (or --label with --reward), or "
     "--comment alone. CALL_ID "
     "comes from "
     "the call's answer; without a call, --skill and --input demonstrate what is right.",
     hone_command_feedback, feedback_options, N_OF(feedback_options),
     HONE_ARGUMENTS_PLACE},
    {"freeze", "SKILL", "Stops a skill from learning.",
     "It goes on answering from what is served now. Feedback is still accepted and "
     "stored, "
     "but neither learnt nor taken as evidence, also not later: thaw goes on with what "
     "comes then. Nothing becomes a version meanwhile.",
     hone_command_action_freeze, action_options, N_OF(action_options),
     HONE_ARGUMENTS_PLACE},
    {"help", "[COMMAND|config]", "Explains hone, one command, or the configuration.",
     NULL, hone_command_help, help_options, N_OF(help_options),
     HONE_ARGUMENTS_NO_SETTINGS},
    {"import", "FILE", "Turns training files of other programs into rows.",
     "Reads VW's text format, fastText's or CSV (FILE - is stdin) and writes what hone "
     "train and hone eval read, one JSON object a line. Records that cannot be used are "
     "said with their line and passed over. docs/offline.md says what becomes of what.",
     hone_command_import, import_options, N_OF(import_options),
     HONE_ARGUMENTS_NO_SETTINGS},
    {"log", "[SKILL]", "Lists what became of the versions of skills, newest first.",
     "Each line is a row of the audit chain: when, who, what, the version, its tensors, "
     "why. With --at it says which version of each skill was live at that time, and what "
     "had made it live. Skills whose packages are gone are there too.",
     hone_command_log, log_options, N_OF(log_options), HONE_ARGUMENTS_PLACE},
    {"pin", "SKILL", "Has one version of a skill answer, whatever is learnt.",
     "It answers as it was made, without what was learnt since. Learning and the gate's "
     "evidence go on behind it, but nothing becomes a version until unpin.",
     hone_command_action_pin, pin_options, N_OF(pin_options), HONE_ARGUMENTS_PLACE},
    {"promote", "SKILL@N", "Makes any kept version of a skill live, gate or no gate.",
     "What was learnt beyond that version is withdrawn. The version that was live is "
     "retired and stays in the list.",
     hone_command_action_promote, action_options, N_OF(action_options),
     HONE_ARGUMENTS_PLACE},
    {"quarantine", "SKILL", "Lists what a skill learnt and lost again, newest first.",
     "What the gate rejected, the harm test stopped or a rollback went behind: which "
     "events of "
     "the log, when and why. They stay in the log and can be looked at there.",
     hone_command_quarantine, NULL, 0, HONE_ARGUMENTS_PLACE},
    {"restore", "FOLDER", "Makes a data folder from a backup.",
     "--data says which; it must not exist yet, or be empty. Every file is checked "
     "against its SHA-256, then the database, the audit chains and the log as by hone "
     "verify, before the folder gets its name. A damaged backup is refused and the file "
     "is named. Tokens are not part of a backup.",
     hone_command_restore, restore_options, N_OF(restore_options), HONE_ARGUMENTS_PLACE},
    {"rollback", "SKILL", "Makes an earlier version of a skill live again.",
     "Asks first when somebody is at a terminal. The version that was live stays in the "
     "list.",
     hone_command_rollback, rollback_options, N_OF(rollback_options),
     HONE_ARGUMENTS_PLACE},
    {"serve", "[DIR]...", "Serves the skills in the given folders to MCP clients.",
     "A DIR counts as --skills DIR. Without --stdio, --http, --http-socket, --socket and "
     "--tcp it serves HTTP on 127.0.0.1:8765. With --stdio, messages are passed on to "
     "the "
     "one process that "
     "owns "
     "the data folder, which is started in the background when there is none and leaves "
     "when it has had no client for a while (--idle-timeout-ms): so several clients "
     "share "
     "what is learnt. With --standalone everything is done in this process, and a data "
     "folder that is in use is refused.",
     hone_command_serve, NULL, 0, HONE_ARGUMENTS_ALL_SETTINGS},
    {"status", "[SKILL]",
     "Shows the server's skills: version, calls, accuracy, learning.", NULL,
     hone_command_status, NULL, 0, HONE_ARGUMENTS_PLACE},
    {"stop", "", "Stops the server of a data folder, with everything saved.",
     "Returns when its process has ended. Clients that are connected over stdio start "
     "another one with their next message, or at once when they listen for changes.",
     hone_command_stop, NULL, 0, HONE_ARGUMENTS_PLACE},
    {"thaw", "SKILL", "Lets a frozen skill learn again.",
     "From what comes from then on: feedback that came while it was frozen stays in the "
     "log and is not learnt.",
     hone_command_action_thaw, action_options, N_OF(action_options),
     HONE_ARGUMENTS_PLACE},
    {"token", "add|list|revoke [NAME]",
     "Makes, lists and revokes the bearer tokens that HTTP requests must carry.",
     "add NAME --role ROLES prints a new token, once; only its SHA-256 is kept. ROLES "
     "are "
     "call, feedback and admin (everything), separated by commas. The file is "
     "http_tokens "
     "of the configuration, else tokens in the data folder.",
     hone_command_token, token_options, N_OF(token_options), HONE_ARGUMENTS_PLACE},
    {"train", "SKILL", "Teaches a skill the rows of a file.",
     "A row is an input and its right answer, as in {\"text\": \"...\", \"label\": "
     "\"...\"}. The rows go into the skill's log and are learnt like any feedback. Part "
     "of "
     "them is held out, by a hash of the text, and decides whether what the others "
     "taught "
     "becomes a version. The same command after an interruption goes on where it "
     "stopped; "
     "once more, it changes nothing.",
     hone_command_train, train_options, N_OF(train_options), HONE_ARGUMENTS_PLACE},
    {"unpin", "SKILL", "Serves what a pinned skill has learnt again.",
     "The gate decides at once on the evidence that has come, and until it has, what "
     "lies "
     "outside of the trust region is not served.",
     hone_command_action_unpin, action_options, N_OF(action_options),
     HONE_ARGUMENTS_PLACE},
    {"validate", "[DIR]...", "Checks skill packages and shows errors with file and line.",
     "Changes nothing. Without DIR the configured skills are checked.",
     hone_command_validate, NULL, 0, HONE_ARGUMENTS_PLACE},
    {"verify", "[SKILL]", "Checks everything that a data folder holds.",
     "The audit chain row by row, and with it the versions, their parents, which one is "
     "live, the log without gaps, the checkpoint, each tensors file against its digest "
     "and size, the recorded calls and the database. The first broken row of each part "
     "is "
     "named, and the rest is checked all the same. Nothing is changed; a server goes on "
     "serving meanwhile. Exit code 1 when anything is broken.",
     hone_command_verify, NULL, 0, HONE_ARGUMENTS_PLACE},
    {"version", "", "Prints the version of hone.", NULL, hone_command_version, NULL, 0,
     HONE_ARGUMENTS_NO_SETTINGS},
    {"versions", "SKILL", "Lists the versions of a skill, newest first.", NULL,
     hone_command_versions, NULL, 0, HONE_ARGUMENTS_PLACE},
};

const struct hone_command *hone_command_table(size_t *n_commands)
{
    *n_commands = N_OF(commands);
    return commands;
}

const struct hone_command *hone_command_find(const char *name)
{
    for (size_t i = 0; i < N_OF(commands); i++) {
        if (strcmp(commands[i].name, name) == 0) {
            return &commands[i];
        }
    }
    return NULL;
}

const char *hone_command_nearest(const char *name)
{
    const char *names[N_OF(commands)];
    for (size_t i = 0; i < N_OF(commands); i++) {
        names[i] = commands[i].name;
    }
    return hone_text_nearest(name, names, N_OF(commands));
}

static int refuse_command(struct hone_output *output, const char *name)
{
    struct hone_error err;
    const char *nearest = hone_command_nearest(name);
    (void)hone_error_set(&err, HONE_E_INVALID, "unknown command \"%s\"", name);
    if (nearest != NULL) {
        (void)hone_error_hint(&err, "did you mean \"%s\"?", nearest);
    } else {
        (void)hone_error_hint(&err, "\"hone help\" lists the commands");
    }
    return hone_output_fail(output, HONE_OUTPUT_USAGE, &err);
}

static void print_buf(FILE *file, struct hone_buf *text)
{
    if (text->len > 0) {
        (void)fwrite(text->data, 1, text->len, file);
    }
}

/* The error may be about --json itself, so the words are looked at once more. */
static bool asks_for_json(int n_args, char **args)
{
    for (int i = 0; i < n_args && strcmp(args[i], "--") != 0; i++) {
        if (strcmp(args[i], "--json") == 0) {
            return true;
        }
    }
    return false;
}

static int run_command(const struct hone_command *command, int n_args, char **args,
                       struct hone_output *output)
{
    struct hone_arguments arguments = {0};
    struct hone_error err;
    struct hone_buf text;
    hone_buf_init(&text, 1 << 20);
    output->json = asks_for_json(n_args, args);
    if (hone_arguments_parse(&arguments, command->options, command->n_options,
                             command->settings, n_args, args, &err) != 0) {
        return hone_output_fail(output, HONE_OUTPUT_USAGE, &err);
    }
    int exit_code = HONE_OUTPUT_OK;
    output->json = arguments.json;
    if (arguments.help) {
        hone_command_help_details(&text, command);
        print_buf(output->data, &text);
    } else {
        char *usage = hone_alloc_format("hone %s%s%s", command->name,
                                        command->arguments[0] != '\0' ? " " : "",
                                        command->arguments);
        struct hone_command_input input = {usage, &arguments, output};
        exit_code = command->run(&input);
        free(usage);
    }
    hone_buf_finish(&text);
    hone_arguments_finish(&arguments);
    return exit_code;
}

/* Data that could not be written must not look like success. */
static int finish_output(const struct hone_output *output, int exit_code)
{
    if (fflush(output->data) != 0 || ferror(output->data)) {
        (void)fprintf(output->talk, "error: cannot write to stdout\n");
        return exit_code == HONE_OUTPUT_OK ? HONE_OUTPUT_FAILED : exit_code;
    }
    return exit_code;
}

int hone_command_main(int n_args, char **args, FILE *data, FILE *talk)
{
    struct hone_output output;
    hone_output_init(&output, data, talk);
    if (n_args < 2) {
        struct hone_buf text;
        hone_buf_init(&text, 1 << 20);
        hone_command_help_overview(&text);
        print_buf(talk, &text);
        hone_buf_finish(&text);
        return HONE_OUTPUT_USAGE;
    }
    const char *name = args[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        name = "help";
    } else if (strcmp(name, "--version") == 0) {
        name = "version";
    }
    const struct hone_command *command = hone_command_find(name);
    int exit_code = command != NULL ? run_command(command, n_args - 2, args + 2, &output)
                                    : refuse_command(&output, name);
    return finish_output(&output, exit_code);
}
