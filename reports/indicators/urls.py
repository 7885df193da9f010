from django.urls import path

from reports.indicators.views import allocations, drifts, library, project, reasons, schools, values

app_name = "indicators"
urlpatterns = [
    path("indicators/", library.library, name="library"),
    path("indicators/recount/", drifts.drifts, name="drifts"),
    path("indicators/recount/<uuid:key>/", drifts.drift, name="drift"),
    path("indicators/values/<uuid:key>/", values.value, name="value"),
    path("indicators/<str:programme>/common/", library.common, name="common"),
    path("indicators/<str:programme>/plan/", allocations.allocations, name="allocations"),
    path("indicators/<str:programme>/plan/new/", allocations.allocation_new, name="allocation_new"),
    path("indicators/<str:programme>/plan/<int:pk>/", allocations.allocation, name="allocation"),
    path("indicators/<str:programme>/plan/<int:pk>/remove/", allocations.allocation_remove, name="allocation_remove"),
    path("indicators/<str:programme>/new/", library.indicator_new, name="indicator_new"),
    path("indicators/<str:programme>/of/<str:code>/", library.indicator, name="indicator"),
    path("indicators/<str:programme>/of/<str:code>/change/", library.indicator_change, name="indicator_change"),
    path("indicators/<str:programme>/of/<str:code>/target/", library.target, name="target"),
    path("school-years/", schools.schools, name="schools"),
    path("school-years.csv", schools.schools_csv, name="schools_csv"),
    path("school-years/load/", schools.schools_load, name="schools_load"),
    path("school-years/<uuid:key>/<int:year>/", schools.school, name="school"),
    path("projects/<str:number>/library/", project.project, name="project"),
    path("projects/<str:number>/library/values/new/", values.value_new, name="value_new"),
    path("projects/<str:number>/library/estimates/new/", values.estimate_new, name="estimate_new"),
    path("projects/<str:number>/library/reason/", reasons.reason, name="reason"),
    path("projects/<str:number>/library/of/<str:code>/", project.parts, name="parts"),
    path("projects/<str:number>/library/of/<str:code>/rows/", project.rows, name="rows"),
]
