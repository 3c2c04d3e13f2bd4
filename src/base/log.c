#include "base/log.h"

#include "base/env.h"
#include "base/log_ring.h"
#include "base/time.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MAX_RULES 16

struct rule {
    char scope[32];
    enum pf_log_level level;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static enum pf_log_level default_level = PF_LOG_INFO;
static struct rule rules[MAX_RULES];
static unsigned rule_count;
static pf_log_sink log_sink;
static void *log_sink_user;

static const char *const level_names[] = {"ERROR", "WARN", "INFO", "DEBUG", "TRACE"};

/* Standard error goes to the journal, which keeps time and level itself. */
static bool to_journal;

const char *pf_log_level_name(enum pf_log_level level)
{
    return level_names[level];
}

static bool parse_level(const char *word, enum pf_log_level *ret_level)
{
    for (unsigned i = 0; i < sizeof(level_names) / sizeof(*level_names); i++) {
        if (!strcasecmp(word, level_names[i])) {
            *ret_level = (enum pf_log_level)i;
            return true;
        }
    }
    return false;
}

static void parse_directive(char *word)
{
    enum pf_log_level level;
    char *eq = strchr(word, '=');
    if (!eq) {
        if (parse_level(word, &level))
            default_level = level;
        return;
    }
    *eq = 0;
    if (!parse_level(eq + 1, &level) || rule_count == MAX_RULES)
        return;
    struct rule *r = &rules[rule_count++];
    snprintf(r->scope, sizeof(r->scope), "%s", word);
    r->level = level;
}

/* systemd names the device and inode of the journal's stream; standard error may have been redirected since.
 */
static bool is_journal(void)
{
    unsigned long long device, inode;
    const char *stream = pf_env_get("JOURNAL_STREAM");
    struct stat st;
    return stream && sscanf(stream, "%20llu:%20llu", &device, &inode) == 2 &&
           fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device && st.st_ino == inode;
}

void pf_log_init(void)
{
    to_journal = is_journal();
    const char *filter = pf_env_get("RUST_LOG");
    if (!filter)
        return;
    char copy[512], *save = NULL;
    snprintf(copy, sizeof(copy), "%s", filter);
    for (char *word = strtok_r(copy, ", ", &save); word; word = strtok_r(NULL, ", ", &save))
        parse_directive(word);
}

static bool passes_filter(enum pf_log_level level, const char *scope)
{
    for (unsigned i = 0; i < rule_count; i++)
        if (!strcmp(rules[i].scope, scope))
            return level <= rules[i].level;
    return level <= default_level;
}

bool pf_log_enabled(enum pf_log_level level, const char *scope)
{
    return passes_filter(level, scope) || (level <= PF_LOG_DEBUG && log_sink);
}

static int format_line(
    char *out, size_t size, enum pf_log_level level, uint64_t real_ns, const char *scope, const char *text)
{
    static const char priorities[] = {'3', '4', '6', '7', '7'}; /* of syslog */
    if (to_journal)
        return snprintf(out, size, "<%c>%s: %s\n", priorities[level], scope, text);
    time_t seconds = (time_t)(real_ns / PF_NS_PER_S);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    return snprintf(out, size, "%04d-%02d-%02dT%02d:%02d:%02d.%03uZ %-5s %s: %s\n", tm.tm_year + 1900,
        tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
        (unsigned)(real_ns / PF_NS_PER_MS % 1000), level_names[level], scope, text);
}

static void print_line(enum pf_log_level level, uint64_t real_ns, const char *scope, const char *text)
{
    char line[PF_LOG_TEXT_MAX + 256];
    int n = format_line(line, sizeof(line), level, real_ns, scope, text);
    if (n >= (int)sizeof(line)) {
        n = sizeof(line) - 1;
        line[n - 1] = '\n';
    }
    if (n > 0 && write(STDERR_FILENO, line, (size_t)n) < 0) {
        /* nowhere left to report it */
    }
}

/* A text that was cut ends on a whole character and says so. */
static void mark_cut(char text[PF_LOG_TEXT_MAX + 1])
{
    static const char mark[] = "\u2026";
    size_t end = PF_LOG_TEXT_MAX - (sizeof(mark) - 1);
    while (end && ((unsigned char)text[end] & 0xc0) == 0x80)
        end--;
    memcpy(text + end, mark, sizeof(mark));
}

void pf_log(enum pf_log_level level, const char *scope, const char *fmt, ...)
{
    if (!pf_log_enabled(level, scope))
        return;
    char text[PF_LOG_TEXT_MAX + 1];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (n > (int)PF_LOG_TEXT_MAX)
        mark_cut(text);
    for (char *p = text; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            *p = '?';

    uint64_t now = pf_time_real_ns();
    pthread_mutex_lock(&lock);
    if (passes_filter(level, scope))
        print_line(level, now, scope, text);
    if (log_sink && level <= PF_LOG_DEBUG)
        log_sink(log_sink_user, level, now, scope, text);
    pthread_mutex_unlock(&lock);
}

void pf_log_set_sink(pf_log_sink sink, void *user)
{
    pthread_mutex_lock(&lock);
    log_sink = sink;
    log_sink_user = user;
    pthread_mutex_unlock(&lock);
}

bool pf_rate_limit_pass(struct pf_rate_limit *r, uint64_t mono_ns, unsigned *ret_suppressed)
{
    if (mono_ns - r->window_start_ns >= r->interval_ns) {
        r->window_start_ns = mono_ns;
        r->used = 0;
    }
    if (r->used >= r->burst) {
        r->suppressed++;
        return false;
    }
    r->used++;
    if (ret_suppressed)
        *ret_suppressed = r->suppressed;
    r->suppressed = 0;
    return true;
}
