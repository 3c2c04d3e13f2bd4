/* What is noted in the crash journal about the machine's own session, and the names of its units. */
#ifndef PF_DISPLAY_GAMESCOPE_NOTES_H
#define PF_DISPLAY_GAMESCOPE_NOTES_H

#define PF_GAMESCOPE_OWNER "gamescope"

/* Kinds of notes: the first is undone first, the others in the order in which they were made. */
#define PF_GAMESCOPE_NOTE_OURS    "our-unit" /* a unit of ours runs */
#define PF_GAMESCOPE_NOTE_STOPPED "unit"     /* one of the machine's was stopped and masked */
#define PF_GAMESCOPE_NOTE_DROP_IN "drop-in"  /* settings of ours are beside those of the machine's session */

#define PF_GAMESCOPE_PLUS_PREFIX     "gamescope-session-plus@"
#define PF_GAMESCOPE_OUR_UNIT        "punktfunk-gamescope.service"
#define PF_GAMESCOPE_STEAMOS_TARGET  "gamescope-session.target"
#define PF_GAMESCOPE_STEAMOS_SERVICE "gamescope-session.service" /* of the target */

#endif
