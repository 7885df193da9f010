from django.urls import path

from projects import views

app_name = "projects"
urlpatterns = [
    path("projects/<str:number>/texts/", views.texts, name="texts"),
    path("members/", views.members, name="members"),
    path("members/<int:pk>/remove/", views.member_remove, name="member_remove"),
]
