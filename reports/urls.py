from django.urls import path

from reports.views import budget, dashboard, effect, packages, projects, public, reports, trail, verify

app_name = "reports"
urlpatterns = [
    path("", public.home, name="home"),
    path("projects/", public.projects, name="public_projects"),
    path("projects.csv", public.projects_csv, name="public_projects_csv"),
    path("projects.json", public.projects_json, name="public_projects_json"),
    path("projects/<str:number>/", public.project, name="public_project"),
    path("programmes/<str:code>/", public.programme, name="public_programme"),
    path("data/", public.data, name="data"),
    path("verify/", verify.verify, name="verify"),
    path("verify/<str:code>/", verify.verify, name="verify_code"),
    path("work/", dashboard.dashboard, name="dashboard"),
    path("work/trail/", trail.trail, name="trail"),
    path("work/trail.csv", trail.trail_csv, name="trail_csv"),
    path("work/reports/", reports.reports, name="reports"),
    path("work/reports/new/", reports.ask, name="ask"),
    path("work/reports/<uuid:key>/", reports.report, name="report"),
    path("work/reports/<uuid:key>/cancel/", reports.report_cancel, name="report_cancel"),
    path("work/reports/<uuid:key>/retry/", reports.report_retry, name="report_retry"),
    path("work/reports/<uuid:key>/screen/", reports.report_screen, name="report_screen"),
    path("work/reports/<uuid:key>/figures.json", reports.report_snapshot, name="report_snapshot"),
    path("work/reports/<uuid:key>/files/<int:position>/", reports.report_file, name="report_file"),
    path("work/sessions/<uuid:key>/effect/", effect.effect, name="session_effect"),
    path("work/projects/", projects.projects, name="projects"),
    path("work/projects/<str:number>/", projects.overview, name="project"),
    path("work/projects/<str:number>/money/", projects.money, name="project_money"),
    path("work/projects/<str:number>/budget/", budget.budget, name="project_budget"),
    path("work/projects/<str:number>/deliverables/", packages.packages, name="project_packages"),
    path("work/projects/<str:number>/people/", projects.people, name="project_people"),
    path("work/projects/<str:number>/indicators/", projects.indicators, name="project_indicators"),
    path(
        "work/projects/<str:number>/indicators/<str:code>/",
        projects.indicator_rows,
        name="project_indicator_rows",
    ),
    path("work/projects/<str:number>/evidence/", projects.evidence, name="project_evidence"),
    path("work/projects/<str:number>/amendments/", projects.amendments, name="project_amendments"),
    path("work/projects/<str:number>/messages/", projects.messages, name="project_messages"),
    path("work/projects/<str:number>/history/", projects.history, name="project_history"),
]
