from django.urls import path

from budgets.views import amendments, money

app_name = "budgets"
urlpatterns = [
    path("projects/<str:number>/costs/new/", money.cost_new, name="cost_new"),
    path("projects/<str:number>/costs/<uuid:key>/correct/", money.cost_correct, name="cost_correct"),
    path("projects/<str:number>/contracts/new/", money.contract_new, name="contract_new"),
    path("projects/<str:number>/versions/<int:version>/", amendments.version, name="version"),
    path("projects/<str:number>/amendments/new/", amendments.amendment_new, name="amendment_new"),
    path("projects/amendments/<uuid:key>/", amendments.amendment, name="amendment"),
    path("projects/amendments/<uuid:key>/move/", amendments.amendment_move, name="amendment_move"),
    path("projects/amendments/<uuid:key>/decide/", amendments.amendment_decide, name="amendment_decide"),
    path("projects/amendments/<uuid:key>/<str:part>/", amendments.amendment_row, name="amendment_row"),
]
