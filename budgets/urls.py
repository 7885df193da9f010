from django.urls import path

from budgets.views import money

app_name = "budgets"
urlpatterns = [
    path("projects/<str:number>/costs/new/", money.cost_new, name="cost_new"),
    path("projects/<str:number>/costs/<uuid:key>/correct/", money.cost_correct, name="cost_correct"),
    path("projects/<str:number>/contracts/new/", money.contract_new, name="contract_new"),
]
