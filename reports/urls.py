from importlib import import_module

from django.urls import path


def _v(where):
    module, name = where.split(".")
    return lambda request, *a, **k: getattr(import_module(f"reports.views.{module}"), name)(request, *a, **k)


app_name = "reports"
urlpatterns = [
    path("", _v("public.home"), name="home"),
    path("projects/", _v("public.projects"), name="public_projects"),
    path("projects.csv", _v("public.projects_csv"), name="public_projects_csv"),
    path("projects.json", _v("public.projects_json"), name="public_projects_json"),
    path("projects/<str:number>/", _v("public.project"), name="public_project"),
    path("programmes/<str:code>/", _v("public.programme"), name="public_programme"),
    path("data/", _v("public.data"), name="data"),
    path("verify/", _v("verify.verify"), name="verify"),
    path("verify/<str:code>/", _v("verify.verify"), name="verify_code"),
    path("work/", _v("dashboard.dashboard"), name="dashboard"),
    path("work/trail/", _v("trail.trail"), name="trail"),
    path("work/trail.csv", _v("trail.trail_csv"), name="trail_csv"),
    path("work/reports/", _v("reports.reports"), name="reports"),
    path("work/reports/new/", _v("reports.ask"), name="ask"),
    path("work/reports/<uuid:key>/", _v("reports.report"), name="report"),
    path("work/reports/<uuid:key>/cancel/", _v("reports.report_cancel"), name="report_cancel"),
    path("work/reports/<uuid:key>/retry/", _v("reports.report_retry"), name="report_retry"),
    path("work/reports/<uuid:key>/screen/", _v("reports.report_screen"), name="report_screen"),
    path("work/reports/<uuid:key>/figures.json", _v("reports.report_snapshot"), name="report_snapshot"),
    path("work/reports/<uuid:key>/files/<int:position>/", _v("reports.report_file"), name="report_file"),
    path("work/projects/", _v("projects.projects"), name="projects"),
    path("work/projects/<str:number>/", _v("projects.overview"), name="project"),
    path("work/projects/<str:number>/money/", _v("projects.money"), name="project_money"),
    path("work/projects/<str:number>/people/", _v("projects.people"), name="project_people"),
    path("work/projects/<str:number>/indicators/", _v("projects.indicators"), name="project_indicators"),
    path(
        "work/projects/<str:number>/indicators/<str:code>/",
        _v("projects.indicator_rows"),
        name="project_indicator_rows",
    ),
    path("work/projects/<str:number>/evidence/", _v("projects.evidence"), name="project_evidence"),
    path("work/projects/<str:number>/history/", _v("projects.history"), name="project_history"),
]
