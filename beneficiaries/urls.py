from django.urls import path

from beneficiaries.views import changes, clashes, duplicates, erasure, export, grid, participants, sheet, week

app_name = "beneficiaries"
urlpatterns = [
    path("sessions/clashes/", clashes.clashes, name="clashes"),
    path("week/", week.week, name="week"),
    path("week/grid/", grid.grid, name="grid"),
    path("sessions/<uuid:key>/", sheet.session, name="session"),
    path("sessions/<uuid:key>/marks/", sheet.marks, name="marks"),
    path("sessions/<uuid:key>/names/", sheet.names, name="session_names"),
    path("sessions/<uuid:key>/join/", sheet.join, name="session_join"),
    path("sessions/<uuid:key>/list/", sheet.blank_list, name="session_list"),
    path("participants/", participants.participants, name="participants"),
    path("participants.csv", export.participants_csv, name="participants_csv"),
    path("participants/names/", participants.list_names, name="list_names"),
    path("participants/new/", changes.add, name="add"),
    path("participants/new/alike/", duplicates.typed, name="alike_typed"),
    path("participants/alike/", duplicates.queue, name="alike"),
    path("participants/alike/<uuid:one>/<uuid:other>/", duplicates.pair, name="pair"),
    path("participants/<uuid:key>/apart/<uuid:merge>/", duplicates.undo, name="unmerge"),
    path("participants/<uuid:key>/", participants.participant, name="participant"),
    path("participants/<uuid:key>/erase/", erasure.erase, name="erase"),
    path("retention/", erasure.retention, name="retention"),
    path("retention/holds/new/", erasure.hold_new, name="hold_new"),
    path("retention/holds/<uuid:key>/end/", erasure.hold_end, name="hold_end"),
    path("participants/<uuid:key>/names/", participants.record_names, name="record_names"),
    path("participants/<uuid:key>/answers/", participants.record_answers, name="record_answers"),
    path("participants/<uuid:key>/change/", changes.change, name="change"),
    path("participants/<uuid:key>/leave/", changes.leave, name="leave"),
    path("participants/<uuid:key>/results/", changes.results, name="results"),
    path("participants/<uuid:key>/back/", changes.come_back, name="come_back"),
    path("participants/<uuid:key>/groups/", changes.join_group, name="join_group"),
    path("participants/<uuid:key>/groups/<int:pk>/leave/", changes.leave_group, name="leave_group"),
]
