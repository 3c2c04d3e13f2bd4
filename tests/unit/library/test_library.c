/* The scanners on a made-up home, titles of the owner, pictures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "../trust/temp_dir.h"
#include "library/apps.h"
#include "library/launch.h"
#include "library/library.h"

#include <errno.h>
#ifdef PF_HAVE_SQLITE
#include <sqlite3.h>
#endif

static struct temp_dir home;
static struct pf_library *library;

/* Writes a file and the folders above it. */
static void put(const char *name, const char *content, size_t len)
{
    char *path = pf_path_join(home.path, name);
    for (char *p = path + strlen(home.path) + 1; (p = strchr(p, '/')); p++) {
        *p = 0;
        mkdir(path, 0700);
        *p = '/';
    }
    assert_int_equal(pf_file_write(path, content, len, 0600, NULL), 0);
    free(path);
}

static void put_text(const char *name, const char *content)
{
    put(name, content, strlen(content));
}

static int set_up(void **state)
{
    (void)state;
    home = temp_dir_make();
    setenv("HOME", home.path, 1);
    unsetenv("XDG_DATA_HOME");
    unsetenv("XDG_CONFIG_HOME");
    unsetenv("XDG_CACHE_HOME");
    return pf_library_create(home.path, &library);
}

static int tear_down(void **state)
{
    (void)state;
    pf_library_destroy(library);
    temp_dir_remove(&home);
    return 0;
}

static const char *text(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static const json_t *find(const json_t *titles, const char *id)
{
    for (size_t i = 0; i < json_array_size(titles); i++)
        if (strcmp(text(json_array_get(titles, i), "id"), id) == 0)
            return json_array_get(titles, i);
    return NULL;
}

static void an_empty_home_has_no_titles(void **state)
{
    (void)state;
    json_t *titles = pf_library_titles(library);
    assert_int_equal(json_array_size(titles), 0);
    json_decref(titles);
}

#define STEAM ".local/share/Steam/"

static void steam_titles_are_found(void **state)
{
    (void)state;
    char *other = pf_path_join(home.path, "games \"x\""), vdf[400];
    snprintf(vdf, sizeof(vdf),
        "\"libraryfolders\"\n{\n\t\"0\"\n\t{\n\t\t\"path\"\t\t\"%s/games \\\"x\\\"\"\n\t}\n}\n", home.path);
    put_text(STEAM "steamapps/libraryfolders.vdf", vdf);
    put_text(STEAM "steamapps/appmanifest_570.acf",
        "\"AppState\"\n{\n\t\"appid\"\t\t\"570\"\n\t\"name\"\t\t\"Dota 2\"\n\t\"name\"\t\"other\"\n}\n");
    put_text(
        "games \"x\"/steamapps/appmanifest_570.acf", "\"appid\" \"570\"\n\"name\" \"First library wins\"\n");
    put_text(
        STEAM "steamapps/appmanifest_1.acf", "\"appid\" \"1493710\"\n\"name\" \"Proton Experimental\"\n");
    put_text(STEAM "steamapps/appmanifest_2.acf", "\"appid\" \"2\"\n\"name\" \"PROTON 9\"\n");
    put_text(STEAM "steamapps/appmanifest_3.acf", "\"appid\" \"3\"\n\"name\" \"Steam Linux Runtime 3\"\n");
    put_text(STEAM "steamapps/appmanifest_4.acf", "\"appid\" \"4; rm -rf ~\"\n\"name\" \"Bad\"\n");
    put_text(STEAM "steamapps/appmanifest_5.acf", "\"appid\" \"4294967296\"\n\"name\" \"Too large\"\n");
    put_text(STEAM "steamapps/appmanifest_6.acf", "\"appid\" \"6\"\n\"name\" \"\xff\xfe\"\n");
    put_text(STEAM "steamapps/appmanifest_7.acf", "\"appid\"");
    char *link = pf_path_join(home.path, ".steam"), *target = pf_path_join(home.path, STEAM);
    mkdir(link, 0700);
    char *root = pf_path_join(link, "root");
    assert_int_equal(symlink(target, root), 0); /* the same folder again */
    json_t *titles = pf_library_titles(library);
    assert_int_equal(json_array_size(titles), 1);
    const json_t *dota = find(titles, "steam:570");
    assert_string_equal(text(dota, "title"), "First library wins");
    assert_string_equal(text(json_object_get(dota, "launch"), "kind"), "steam_appid");
    assert_string_equal(text(json_object_get(dota, "launch"), "value"), "570");
    assert_string_equal(text(json_object_get(dota, "art"), "hero"), "/api/v1/library/art/steam:570/hero");
    json_decref(titles);
    free(root);
    free(target);
    free(link);
    free(other);
}

static void heroic_titles_are_found(void **state)
{
    (void)state;
    char json[2000];
    put_text("installed/x", "");
    snprintf(json, sizeof(json),
        "{\"library\":[{\"app_name\":\"Fn\",\"title\":\"Bean\",\"is_installed\":true,"
        "\"install\":{\"install_path\":\"%s/installed\"},\"art_square\":\"https://x/s.jpg\",\"art_cover\":"
        "\"http://x/c.jpg\",\"art_logo\":\"file:///etc/passwd\"},"
        "{\"app_name\":\"Gone\",\"is_installed\":true,\"install\":{\"install_path\":\"/nope\"}},"
        "{\"app_name\":\"No\",\"is_installed\":false,\"install\":{\"install_path\":\"%s/installed\"}},"
        "{\"app_name\":7},null,[]]}",
        home.path, home.path);
    put_text(".config/heroic/store_cache/legendary_library.json", json);
    snprintf(json, sizeof(json),
        "{\"games\":[{\"app_name\":\"12\",\"is_installed\":true,\"install\":{\"install_path\":\"%s\"}}]}",
        home.path);
    put_text(".config/heroic/store_cache/gog_library.json", json);
    put_text(".config/heroic/store_cache/nile_library.json", "{\"library\": 7}");
    json_t *titles = pf_library_titles(library);
    assert_int_equal(json_array_size(titles), 2);
    const json_t *bean = find(titles, "heroic:legendary:Fn"), *art = json_object_get(bean, "art");
    assert_string_equal(text(bean, "title"), "Bean");
    assert_string_equal(text(art, "portrait"), "https://x/s.jpg");
    assert_string_equal(text(art, "hero"), "http://x/c.jpg");
    assert_null(text(art, "logo"));
    assert_string_equal(text(json_object_get(find(titles, "heroic:gog:12"), "launch"), "value"), "gog:12");
    assert_string_equal(text(json_array_get(titles, 0), "title"), "12"); /* by name */
    json_decref(titles);
}

#ifdef PF_HAVE_SQLITE
static void lutris_titles_are_found(void **state)
{
    (void)state;
    sqlite3 *db;
    put_text(".local/share/lutris/coverart/quake.jpg", "\xff\xd8\xff picture");
    put_text(".local/share/secret.jpg", "secret");
    char *path = pf_path_join(home.path, ".local/share/lutris/pga.db");
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(db,
            "CREATE TABLE games (id INTEGER, slug TEXT, name TEXT, installed INTEGER);"
            "INSERT INTO games VALUES (3, 'quake', 'Quake', 1), (4, 'x', 'Gone', 0), (5, 'y', '', 1),"
            " (6, '../../secret', 'Sly', 1), (7, NULL, 'abc', 1), (8, 'z', NULL, 1)",
            NULL, NULL, NULL),
        SQLITE_OK);
    sqlite3_close(db);
    json_t *titles = pf_library_titles(library);
    assert_int_equal(json_array_size(titles), 3);
    const json_t *quake = find(titles, "lutris:3");
    assert_string_equal(
        text(json_object_get(quake, "art"), "portrait"), "data:image/jpeg;base64,/9j/IHBpY3R1cmU=");
    assert_null(text(json_object_get(quake, "art"), "header"));
    assert_int_equal(json_object_size(json_object_get(find(titles, "lutris:6"), "art")), 0);
    assert_string_equal(text(json_array_get(titles, 0), "title"), "abc");
    json_decref(titles);
    free(path);

    put_text(".local/share/lutris/pga.db", "no database");
    titles = pf_library_titles(library);
    assert_int_equal(json_array_size(titles), 0);
    json_decref(titles);
}
#endif

static void own_titles_are_kept(void **state)
{
    (void)state;
    json_t *input = json_pack("{s:s, s:{s:s, s:n}, s:{s:s, s:s}, s:i}", "title", "My Game", "art", "hero",
        "https://x/h.jpg", "logo", "launch", "kind", "command", "value", "run me", "other", 7);
    json_t *entry = NULL, *changed = NULL;
    assert_int_equal(pf_library_add(library, input, &entry, NULL), 0);
    assert_int_equal(strlen(text(entry, "id")), 12);
    assert_null(json_object_get(entry, "other"));
    json_t *titles = pf_library_titles(library);
    char id[40];
    snprintf(id, sizeof(id), "custom:%s", text(entry, "id"));
    assert_string_equal(text(json_object_get(find(titles, id), "launch"), "value"), "run me");
    json_decref(titles);
    assert_int_equal(temp_dir_mode(&home, "library.json"), 0600);

    json_t *less = json_pack("{s:s}", "title", "Renamed");
    assert_int_equal(pf_library_replace(library, text(entry, "id"), less, &changed, NULL), 0);
    assert_null(json_object_get(changed, "launch"));
    assert_int_equal(pf_library_replace(library, "ffffffffffff", less, &changed, NULL), -ENOENT);
    assert_int_equal(pf_library_remove(library, text(entry, "id"), NULL), 0);
    assert_int_equal(pf_library_remove(library, text(entry, "id"), NULL), -ENOENT);
    json_decref(less);
    json_decref(changed);
    json_decref(entry);
    json_decref(input);
}

static void a_damaged_file_is_set_aside(void **state)
{
    (void)state;
    temp_dir_write(&home, "library.json", "[{");
    json_t *titles = pf_library_titles(library);
    assert_int_equal(json_array_size(titles), 0);
    json_decref(titles);
    char *bad = temp_dir_read(&home, "library.json.bad");
    assert_string_equal(bad, "[{");
    free(bad);
    temp_dir_write(&home, "library.json",
        "{\"entries\":[{\"id\":\"abcdefabcdef\",\"title\":\"New "
        "form\",\"art\":{}},{\"id\":\"../x\",\"title\":\"Y\"}]}");
    titles = pf_library_titles(library);
    assert_int_equal(json_array_size(titles), 1);
    json_decref(titles);
}

static void pictures_come_from_steams_files(void **state)
{
    (void)state;
    struct pf_art art;
    put_text(STEAM "steamapps/x", "");
    put(STEAM "appcache/librarycache/570/abc/logo.png", "\x89PNG\r\n\x1a\n....", 12);
    put(STEAM "appcache/librarycache/570/library_600x900.jpg", "\xff\xd8\xff....", 7);
    put_text(STEAM "appcache/librarycache/571/library_hero.jpg", "<html>");
    assert_int_equal(pf_library_art(library, "steam:570", "logo", &art), 0);
    assert_string_equal(art.media, "image/png");
    assert_int_equal(art.len, 12);
    free(art.data);
    assert_int_equal(pf_library_art(library, "steam:570", "portrait", &art), 0);
    assert_string_equal(art.media, "image/jpeg");
    free(art.data);
    static const char *const ids[] = {"steam:", "steam:x", "steam:-1", "steam:4294967296", "steam:570/..",
        "custom:570", "", "steam: 570", "steam:../../x"};
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
        assert_int_equal(pf_library_art(library, ids[i], "logo", &art), -ENOENT);
    assert_int_equal(pf_library_art(library, "steam:570", "nonsense", &art), -ENOENT);
    assert_int_equal(pf_library_art(library, "steam:570", "../logo", &art), -ENOENT);
}

/* ---- covers ---- */

static void covers_come_from_where_the_title_says(void **state)
{
    (void)state;
    struct pf_art art;
    put_text(STEAM "steamapps/appmanifest_570.acf", "\"appid\" \"570\"\n\"name\" \"Dota 2\"\n");
    put(STEAM "appcache/librarycache/570/library_header.jpg", "\xff\xd8\xff....", 7);
    put(STEAM "appcache/librarycache/570/library_600x900.jpg", "\xff\xd8\xff...", 6);
    put_text("library.json",
        "[{\"id\":\"aa\",\"title\":\"A\",\"art\":{\"portrait\":\"data:image/png;base64,not base64\","
        "\"hero\":\"data:image/png;base64,iVBORw0KGgouLi4u\"}},"
        "{\"id\":\"bb\",\"title\":\"B\",\"art\":{\"portrait\":\"data:image/png;base64,PGh0bWw+\",\"logo\":\"/"
        "etc/passwd\","
        "\"header\":\"file:///etc/passwd\",\"hero\":\"data:,\"}}]");
    assert_int_equal(pf_library_cover(library, "steam:570", &art), 0); /* the portrait comes first */
    assert_int_equal(art.len, 6);
    free(art.data);
    assert_int_equal(pf_library_cover(library, "custom:aa", &art), 0);
    assert_string_equal(art.media, "image/png");
    assert_int_equal(art.len, 12);
    assert_memory_equal(art.data, "\x89PNG\r\n\x1a\n....", 12);
    free(art.data);
    assert_int_equal(pf_library_cover(library, "custom:bb", &art), -ENOENT);
    assert_int_equal(pf_library_cover(library, "custom:cc", &art), -ENOENT);
}

/* ---- apps.json ---- */

static void entries_of_apps_json_are_started_too(void **state)
{
    (void)state;
    static struct pf_app apps[PF_APPS_MAX];
    struct pf_launch_command command;
    char long_command[700], *list;
    memset(long_command, 'x', sizeof(long_command));
    long_command[699] = 0;
    assert_true(asprintf(&list,
                    "[{\"id\":7,\"title\":\"Game\",\"compositor\":\"gnome\",\"cmd\":\"game --now\"},"
                    "{\"id\":7,\"title\":\"Twin\"},{\"id\":8,\"title\":\"Desk\",\"compositor\":null},"
                    "{\"id\":9,\"title\":\"X\",\"compositor\":\"windows\"},{\"id\":10,\"title\":\"X\","
                    "\"cmd\":\"%s\"},"
                    "{\"id\":11,\"title\":\"\"},7,{\"id\":12.5,\"title\":\"X\"}]",
                    long_command) > 0);
    put_text("apps.json", list);
    free(list);
    assert_int_equal(pf_apps_load(home.path, apps, PF_APPS_MAX), 2);
    assert_int_equal(apps[0].compositor, PF_COMPOSITOR_MUTTER);
    assert_string_equal(apps[0].command, "game --now");
    assert_string_equal(apps[1].command, "");
    assert_int_equal(pf_apps_load(home.path, apps, 1), 1);
    assert_int_equal(pf_library_recipe(library, "app:7", &command, NULL), 0);
    assert_string_equal(command.argv[0], "/bin/sh");
    assert_string_equal(command.argv[2], "game --now");
    static const char *const ids[] = {"app:8", "app:9", "app:", "app:07", "app:7 ", "app:7; x"};
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
        assert_int_equal(pf_library_recipe(library, ids[i], &command, NULL), -ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_empty_home_has_no_titles, set_up, tear_down),
        cmocka_unit_test_setup_teardown(steam_titles_are_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(heroic_titles_are_found, set_up, tear_down),
#ifdef PF_HAVE_SQLITE
        cmocka_unit_test_setup_teardown(lutris_titles_are_found, set_up, tear_down),
#endif
        cmocka_unit_test_setup_teardown(own_titles_are_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_damaged_file_is_set_aside, set_up, tear_down),
        cmocka_unit_test_setup_teardown(pictures_come_from_steams_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(covers_come_from_where_the_title_says, set_up, tear_down),
        cmocka_unit_test_setup_teardown(entries_of_apps_json_are_started_too, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
